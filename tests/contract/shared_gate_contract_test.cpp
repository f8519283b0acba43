// What the seam gate/shared_gate.hpp promises, for every implementation of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/gate_fixture.hpp"
#include "support/simulated_queue.hpp"

namespace firstcome::testing {
namespace {

using gate::admitted;
using gate::change_outcome;
using gate::gate_answer;
using gate::gate_status;
using ::testing::Optional;
using ::testing::UnorderedElementsAreArray;

class shared_gate_contract : public gate_fixture, public ::testing::WithParamInterface<gate_factory> {
 protected:
  shared_gate_contract() : gate_fixture(GetParam()) {}
};

TEST_P(shared_gate_contract, knows_nothing_of_a_coupon_without_a_gate) {
  EXPECT_EQ(gate().status(coupon), std::nullopt);
  EXPECT_FALSE(gate().read_queue(coupon, queue::queue_start, 10));
  EXPECT_EQ(admit({1}).what, gate_answer::missing);
  EXPECT_EQ(under_test().look(coupon, epoch_of(1)).what, gate_answer::missing);
  EXPECT_FALSE(gate().confirm(coupon, epoch_of(1), run_id(), open_config()));
  EXPECT_FALSE(gate().load(coupon, epoch_of(1), run_id(), users_from(1, 1)));
  EXPECT_FALSE(gate().open(coupon, epoch_of(1), run_id(), open_config(), 0));
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  EXPECT_EQ(gate().announce(coupon, epoch_of(1), 2), change_outcome::not_this_gate);
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 1, 5), change_outcome::not_this_gate);
  EXPECT_EQ(gate().configure(coupon, epoch_of(1), open_config()), change_outcome::not_this_gate);
  gate().trim_queue(coupon, epoch_of(1), "3-0", 3);
  EXPECT_TRUE(under_test().everything().empty());
}

TEST_P(shared_gate_contract, opens_with_exactly_the_users_that_were_loaded) {
  const auto fence = gate().fence(coupon, epoch_of(3));
  ASSERT_TRUE(fence);
  EXPECT_EQ(fence->run_id, run_id());
  EXPECT_EQ(fence->source, 0);
  EXPECT_EQ(admit({1}, epoch_of(3)).what, gate_answer::closed);
  EXPECT_TRUE(gate().load(coupon, epoch_of(3), run_id(), users_from(1, 2)));
  EXPECT_TRUE(gate().load(coupon, epoch_of(3), run_id(), users_from(2, 2)));
  EXPECT_FALSE(gate().open(coupon, epoch_of(3), run_id(), open_config(), 2));
  EXPECT_FALSE(gate().open(coupon, epoch_of(3), run_id(), open_config(), 4));
  ASSERT_TRUE(gate().open(coupon, epoch_of(3), run_id(), open_config(), 3));
  EXPECT_FALSE(gate().open(coupon, epoch_of(3), run_id(), open_config(), 3)) << "it is open";

  const auto status = gate().status(coupon);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->epoch, epoch_of(3));
  EXPECT_TRUE(status->confirmed());
  EXPECT_FALSE(status->retired);
  EXPECT_FALSE(status->lowering);
  EXPECT_EQ(status->config, open_config());
  EXPECT_EQ(status->size, 3);
  EXPECT_EQ(status->issued, 3);
  admit({9}, epoch_of(3));
  EXPECT_EQ(decisions().at(0)->record.sequence, 4);
}

TEST_P(shared_gate_contract, keeps_the_place_of_a_user_who_is_not_known) {
  gate().fence(coupon, epoch_of(1));
  const std::vector<admitted> loaded{{user_id{0}, 1, noon}, {user_id{7}, 2, noon}, {user_id{0}, 3, noon}};
  ASSERT_TRUE(gate().load(coupon, epoch_of(1), run_id(), loaded));
  ASSERT_TRUE(gate().open(coupon, epoch_of(1), run_id(), open_config(), 3));
  EXPECT_THAT(all_admitted(epoch_of(1)), UnorderedElementsAreArray(loaded));
  admit({8});
  EXPECT_EQ(decisions().at(0)->record.sequence, 4);
}

TEST_P(shared_gate_contract, is_built_only_under_the_epoch_and_the_lineage_that_were_fenced) {
  const std::string before = run_id();
  gate().fence(coupon, epoch_of(2));
  for (const epoch_number other : {1, 3}) {
    EXPECT_FALSE(gate().load(coupon, other, before, users_from(1, 1)));
    EXPECT_FALSE(gate().open(coupon, other, before, open_config(), 0));
  }
  under_test().begin_lineage();
  EXPECT_FALSE(gate().load(coupon, epoch_of(2), before, users_from(1, 1)));
  EXPECT_FALSE(gate().open(coupon, epoch_of(2), before, open_config(), 0));
  EXPECT_FALSE(gate().load(coupon, epoch_of(2), before, {}));
}

TEST_P(shared_gate_contract, is_fenced_only_by_a_higher_epoch) {
  build(epoch_of(4), 2);
  EXPECT_FALSE(gate().fence(coupon, epoch_of(3)));
  EXPECT_FALSE(gate().fence(coupon, epoch_of(4)));
  EXPECT_TRUE(gate().status(coupon)->open);
  ASSERT_TRUE(gate().fence(coupon, epoch_of(5)));
  EXPECT_FALSE(gate().status(coupon)->open);
  EXPECT_FALSE(gate().confirm(coupon, epoch_of(5), run_id(), open_config())) << "it is closed";
}

TEST_P(shared_gate_contract, remembers_the_epoch_that_was_open_last_however_often_a_rebuild_starts_over) {
  build(epoch_of(1), 2);
  admit({8, 9});
  EXPECT_EQ(gate().fence(coupon, epoch_of(2))->source, epoch_of(1));
  EXPECT_EQ(gate().fence(coupon, epoch_of(5))->source, epoch_of(1));
  gate().drop(coupon, epoch_of(1));
  EXPECT_EQ(all_admitted(epoch_of(1)).size(), 4u) << "what is still to be drained is not dropped";
  ASSERT_TRUE(gate().open(coupon, epoch_of(5), run_id(), open_config(), 0));
  gate().drop(coupon, epoch_of(1));
  EXPECT_TRUE(all_admitted(epoch_of(1)).empty());
  EXPECT_EQ(gate().fence(coupon, epoch_of(6))->source, epoch_of(5));
}

TEST_P(shared_gate_contract, drops_no_epoch_that_is_in_use) {
  build(epoch_of(2), 3);
  gate().drop(coupon, epoch_of(2));
  gate().drop(coupon, epoch_of(1));
  EXPECT_EQ(gate().status(coupon)->size, 3);
}

TEST_P(shared_gate_contract, lets_nobody_in_after_a_restart_until_it_is_confirmed) {
  build(epoch_of(1), 1);
  const std::string before = run_id();
  under_test().begin_lineage();
  ASSERT_NE(run_id(), before);
  const gate_status status = gate().status(coupon).value();
  EXPECT_TRUE(status.open);
  EXPECT_EQ(status.run_id, before);
  EXPECT_EQ(status.serving_run_id, run_id());
  EXPECT_EQ(admit({1, 5}).what, gate_answer::closed);
  EXPECT_EQ(under_test().look(coupon, epoch_of(1)).what, gate_answer::closed);
  EXPECT_EQ(gate().announce(coupon, epoch_of(1), 9), change_outcome::not_this_gate);
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 1, 5), change_outcome::not_this_gate);
  EXPECT_EQ(gate().configure(coupon, epoch_of(1), config_with(9, 5)), change_outcome::not_this_gate);
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), open_config().config_version));

  EXPECT_FALSE(gate().confirm(coupon, epoch_of(1), before, open_config()));
  EXPECT_FALSE(gate().confirm(coupon, epoch_of(2), run_id(), open_config()));
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), open_config()));
  EXPECT_TRUE(gate().status(coupon)->confirmed());
  EXPECT_EQ(admit({1, 5}).what, gate_answer::decided);
}

TEST_P(shared_gate_contract, is_set_to_the_ledgers_configuration_when_it_is_confirmed) {
  build(epoch_of(1), 0, config_with(3, 10));
  gate().lower(coupon, epoch_of(1), 3, 7);
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), config_with(3, 10)));
  EXPECT_EQ(gate().status(coupon)->config, config_with(3, 7)) << "the same version changes nothing";
  EXPECT_TRUE(gate().status(coupon)->lowering);
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), config_with(4, std::nullopt)));
  EXPECT_EQ(gate().status(coupon)->config, config_with(4, std::nullopt));
  EXPECT_FALSE(gate().status(coupon)->lowering);
}

TEST_P(shared_gate_contract, is_not_confirmed_when_an_older_copy_takes_over) {
  build(epoch_of(1), 0);
  admit({1, 2});
  under_test().copy_to_replica();
  admit({3, 4});
  under_test().promote_replica();
  const gate_status status = gate().status(coupon).value();
  EXPECT_EQ(status.size, 2);
  EXPECT_FALSE(status.confirmed());
  EXPECT_EQ(admit({5}).what, gate_answer::closed);
}

TEST_P(shared_gate_contract, reads_its_queue_from_a_position_on) {
  build(epoch_of(1), 2);
  admit({10, 11});
  admit({12});
  admit({13, 14});
  const auto all = gate().read_queue(coupon, queue::queue_start, 10);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->gate.size, 7);
  ASSERT_EQ(all->entries.size(), 3u);
  EXPECT_EQ(all->entries[0].what->first, 3);
  EXPECT_EQ(all->entries[0].what->users, (std::vector<user_id>{user_id{10}, user_id{11}}));
  EXPECT_EQ(all->entries[2].what->first, 6);
  const auto one = gate().read_queue(coupon, all->entries[0].at, 1);
  ASSERT_EQ(one->entries.size(), 1u);
  EXPECT_EQ(one->entries[0].at, all->entries[1].at);
  EXPECT_TRUE(gate().read_queue(coupon, all->entries[2].at, 10)->entries.empty());
  EXPECT_TRUE(gate().read_queue(coupon, queue::queue_start, 0)->entries.empty());
}

TEST_P(shared_gate_contract, dates_an_entry_as_it_dates_its_users) {
  build(epoch_of(1), 0);
  admit({10});
  const auto view = gate().read_queue(coupon, queue::queue_start, 10);
  EXPECT_EQ(view->entries.at(0).what->admitted_at, decisions().at(0)->record.date_issued);
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{10})->admitted_at, decisions().at(0)->record.date_issued);
}

TEST_P(shared_gate_contract, drops_of_its_queue_what_the_ledger_holds) {
  build(epoch_of(1), 0);
  for (const std::int64_t user : {10, 11, 12}) admit({user});
  const auto all = gate().read_queue(coupon, queue::queue_start, 10)->entries;
  gate().trim_queue(coupon, epoch_of(2), all[1].at, 2);
  EXPECT_EQ(gate().read_queue(coupon, queue::queue_start, 10)->entries.size(), 3u) << "another epoch";
  gate().trim_queue(coupon, epoch_of(1), all[1].at, 2);
  const auto rest = gate().read_queue(coupon, queue::queue_start, 10);
  ASSERT_EQ(rest->entries.size(), 1u);
  EXPECT_EQ(rest->entries[0].at, all[2].at);
  EXPECT_EQ(rest->gate.issued, 2);
  gate().trim_queue(coupon, epoch_of(1), all[0].at, 1);
  EXPECT_EQ(gate().status(coupon)->issued, 2) << "it only rises";
  EXPECT_EQ(gate().read_queue(coupon, queue::queue_start, 10)->entries.size(), 1u);
  under_test().begin_lineage();
  gate().trim_queue(coupon, epoch_of(1), all[2].at, 3);
  EXPECT_EQ(gate().status(coupon)->issued, 2) << "not confirmed";
  ASSERT_TRUE(gate().fence(coupon, epoch_of(2)));
  gate().trim_queue(coupon, epoch_of(2), all[2].at, 3);
  EXPECT_EQ(gate().status(coupon)->issued, 2) << "closed";
}

TEST_P(shared_gate_contract, goes_on_where_it_was_when_its_queue_was_emptied) {
  build(epoch_of(1), 0);
  admit({10, 11});
  const auto first = gate().read_queue(coupon, queue::queue_start, 10)->entries.at(0);
  gate().trim_queue(coupon, epoch_of(1), first.at, 2);
  admit({12});
  const auto next = gate().read_queue(coupon, first.at, 10)->entries;
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].what->first, 3);
  EXPECT_EQ(compare(next[0].at, first.at), 1);
}

TEST_P(shared_gate_contract, finds_users_of_any_epoch) {
  build(epoch_of(1), 2);
  gate().fence(coupon, epoch_of(2));
  EXPECT_THAT(gate().find(coupon, epoch_of(1), user_id{2}), Optional(admitted{user_id{2}, 2, noon}));
  EXPECT_EQ(gate().find(coupon, epoch_of(2), user_id{2}), std::nullopt);
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{3}), std::nullopt);
}

TEST_P(shared_gate_contract, names_every_admitted_user) {
  build(epoch_of(1), 2500);
  std::set<sequence_number> seen;
  for (const admitted& one : all_admitted(epoch_of(1))) {
    EXPECT_EQ(raw(one.user), one.sequence);
    EXPECT_EQ(one.admitted_at, noon);
    seen.insert(one.sequence);
  }
  EXPECT_EQ(seen.size(), 2500u);
  EXPECT_EQ(*seen.rbegin(), 2500);
}

TEST_P(shared_gate_contract, knows_how_much_of_its_total_came_back) {
  const auto with = [&](std::int64_t version, std::int32_t total, std::int32_t restocked) {
    gate::gate_config config = config_with(version, total);
    config.restocked = restocked;
    return config;
  };
  build(epoch_of(1), 2, with(2, 12, 2));
  EXPECT_EQ(gate().status(coupon)->config, with(2, 12, 2));
  EXPECT_EQ(gate().status(coupon)->config.operators_total(), 10);
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), with(3, 13, 3)), change_outcome::done);
  EXPECT_EQ(gate().status(coupon)->config, with(3, 13, 3));
  ASSERT_EQ(gate().lower(coupon, epoch_of(1), 3, 9), change_outcome::done);
  EXPECT_EQ(gate().status(coupon)->config.operators_total(), 6) << "what came back stays";
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), with(4, 14, 4)));
  EXPECT_EQ(gate().status(coupon)->config, with(4, 14, 4));
}

TEST_P(shared_gate_contract, names_who_returned) {
  build(epoch_of(1), 2);
  const user_id second{2};
  ASSERT_EQ(gate().mark_returned(coupon, epoch_of(1), std::span(&second, 1)), change_outcome::done);
  for (const admitted& one : all_admitted(epoch_of(1))) EXPECT_EQ(one.returned, one.user == second);
}

TEST_P(shared_gate_contract, retires_only_when_its_queue_is_empty_and_frees_its_users) {
  build(epoch_of(1), 2);
  admit({10});
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  gate().trim_queue(coupon, epoch_of(1), gate().read_queue(coupon, queue::queue_start, 1)->entries.at(0).at, 3);
  EXPECT_FALSE(gate().retire(coupon, epoch_of(2), open_config().config_version));
  ASSERT_TRUE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  EXPECT_TRUE(gate().status(coupon)->retired);
  EXPECT_FALSE(gate().status(coupon)->open);
  EXPECT_EQ(under_test().everything().size(), 1u) << "meta is all that is left";
  EXPECT_EQ(admit({10}).what, gate_answer::retired);
  EXPECT_EQ(under_test().look(coupon, epoch_of(1)).what, gate_answer::retired);
  EXPECT_FALSE(gate().confirm(coupon, epoch_of(1), run_id(), open_config()));
  under_test().begin_lineage();
  EXPECT_EQ(admit({10}).what, gate_answer::retired) << "whoever serves";
  for (const epoch_number known : {epoch_number{1}, epoch_of(0), epoch_of(2)}) {  // 1: who never saw a gate open
    EXPECT_EQ(admit({10}, known).what, gate_answer::retired) << "whatever epoch the caller knows";
    EXPECT_EQ(under_test().look(coupon, known).what, gate_answer::retired);
  }
}

TEST_P(shared_gate_contract, is_not_retired_by_who_decided_it_before_its_end_was_moved) {
  build(epoch_of(1), 2);
  const std::int64_t decided_by = open_config().config_version;
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(decided_by + 1, 5)), change_outcome::done);
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), decided_by));
  EXPECT_TRUE(gate().status(coupon)->open);
  EXPECT_TRUE(gate().retire(coupon, epoch_of(1), decided_by + 1));
}

TEST_P(shared_gate_contract, is_not_retired_while_its_total_is_lowered) {
  build(epoch_of(1), 2);
  const std::int64_t version = open_config().config_version;
  ASSERT_EQ(gate().lower(coupon, epoch_of(1), version, 4), change_outcome::done);
  EXPECT_FALSE(gate().retire(coupon, epoch_of(1), version)) << "the ledger does not know that total yet";
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(version + 1, 4)), change_outcome::done);
  EXPECT_TRUE(gate().retire(coupon, epoch_of(1), version + 1));
}

TEST_P(shared_gate_contract, remembers_what_was_retired_until_it_opens_again) {
  build(epoch_of(1), 0);
  ASSERT_TRUE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  for (const int attempt : {2, 3}) {  // a rebuild that starts over
    const auto fenced = gate().fence(coupon, epoch_of(attempt));
    ASSERT_TRUE(fenced);
    EXPECT_EQ(fenced->source, 0) << "nothing is left to be drained";
    EXPECT_EQ(fenced->retired, epoch_of(1)) << "and nothing was lost";
  }
  ASSERT_TRUE(gate().open(coupon, epoch_of(3), run_id(), open_config(), 0));
  EXPECT_EQ(gate().fence(coupon, epoch_of(4))->retired, 0);
}

TEST_P(shared_gate_contract, tells_of_several_gates_together_in_their_order) {
  build(epoch_of(1), 2);
  std::vector<gate::gate_name> names{{coupon_id{6}, epoch_of(1)}, {coupon, epoch_of(1)}, {coupon, epoch_of(2)}};
  for (int n = 0; n < 600; ++n) names.push_back(names[1]);
  const auto all = gate().statuses(names);
  ASSERT_EQ(all.size(), names.size());
  EXPECT_EQ(all[0], std::nullopt) << "it has no gate";
  EXPECT_EQ(all[1], gate().status(coupon));
  EXPECT_EQ(all[2], std::nullopt) << "it is of another epoch";
  EXPECT_EQ(all.back(), gate().status(coupon));
}

TEST_P(shared_gate_contract, counts_those_whom_several_gates_let_in_and_says_which_cannot_tell) {
  build(epoch_of(1), 2);
  std::vector<gate::gate_name> names{{coupon_id{6}, epoch_of(1)}, {coupon, epoch_of(1)}, {coupon, epoch_of(2)}};
  for (int n = 0; n < 600; ++n) names.push_back(names[1]);
  auto all = gate().counts(names);
  ASSERT_EQ(all.size(), names.size());
  EXPECT_EQ(all[0], std::nullopt) << "it has no gate";
  EXPECT_EQ(all[1], (gate::gate_count{.size = 2}));
  EXPECT_EQ(all[2], std::nullopt) << "it is of another epoch";
  EXPECT_EQ(all.back(), all[1]);

  ASSERT_TRUE(gate().fence(coupon, epoch_of(2)));
  names = {{coupon, epoch_of(1)}, {coupon, epoch_of(2)}};
  all = gate().counts(names);
  EXPECT_EQ(all[0], std::nullopt);
  EXPECT_EQ(all[1], std::nullopt) << "it is being built";
}

TEST_P(shared_gate_contract, counts_nobody_for_a_gate_of_another_lineage_and_knows_what_is_retired) {
  const std::vector<gate::gate_name> name{{coupon, epoch_of(1)}};
  build(epoch_of(1), 2);
  under_test().begin_lineage();
  EXPECT_EQ(gate().counts(name).front(), std::nullopt) << "whoever serves now may have forgotten some";
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), open_config()));
  EXPECT_EQ(gate().counts(name).front(), (gate::gate_count{.size = 2}));
  ASSERT_TRUE(gate().retire(coupon, epoch_of(1), open_config().config_version));
  EXPECT_EQ(gate().counts(name).front(), (gate::gate_count{.retired = true}));
}

TEST_P(shared_gate_contract, finds_several_users_together_each_in_its_place) {
  build(epoch_of(1), 2);
  const std::vector<user_id> users{user_id{2}, user_id{99}, user_id{1}, user_id{2}};
  const auto found = gate().find_each(coupon, epoch_of(1), users);
  ASSERT_EQ(found.size(), users.size());
  EXPECT_EQ(found[0], gate().find(coupon, epoch_of(1), user_id{2}));
  EXPECT_EQ(found[0].value().sequence, 2);
  EXPECT_EQ(found[1], std::nullopt);
  EXPECT_EQ(found[2].value().sequence, 1);
  EXPECT_EQ(found[3], found[0]);
  EXPECT_EQ(gate().find_each(coupon, epoch_of(2), users).front(), std::nullopt) << "it is of another epoch";
  EXPECT_TRUE(gate().find_each(coupon, epoch_of(1), {}).empty());
}

TEST_P(shared_gate_contract, keeps_coupons_apart) {
  build(epoch_of(1), 2);
  EXPECT_EQ(gate().status(coupon_id{8}), std::nullopt);
  ASSERT_TRUE(gate().fence(coupon_id{8}, epoch_of(1)));
  ASSERT_TRUE(gate().open(coupon_id{8}, epoch_of(1), run_id(), config_with(1, 1), 0));
  EXPECT_EQ(gate().status(coupon)->size, 2);
  EXPECT_EQ(gate().status(coupon_id{8})->size, 0);
}

INSTANTIATE_TEST_SUITE_P(redis, shared_gate_contract, ::testing::Values(make_redis_gate_under_test));
INSTANTIATE_TEST_SUITE_P(simulated, shared_gate_contract, ::testing::Values(make_simulated_gate_under_test));

}  // namespace
}  // namespace firstcome::testing
