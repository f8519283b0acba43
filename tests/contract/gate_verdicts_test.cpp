// What admit says of each user, in the real Redis and in the simulation's.

#include <gtest/gtest.h>

#include "gate/redis/keys.hpp"
#include "gate/redis/scripts.hpp"
#include "gate/redis/status_reply.hpp"
#include "support/gate_fixture.hpp"
#include "support/redis_gate_under_test.hpp"

namespace firstcome::testing {
namespace {

using gate::change_outcome;
using gate::gate_answer;
using gate::gate_config;

class gate_verdicts : public gate_fixture, public ::testing::WithParamInterface<gate_factory> {
 protected:
  gate_verdicts() : gate_fixture(GetParam()) {}

  void expect_verdict(std::int64_t user, verdict expected) {
    const auto outcome = admit({user});
    ASSERT_EQ(outcome.what, gate_answer::decided);
    ASSERT_TRUE(decisions().at(0));
    EXPECT_EQ(decisions()[0]->what, expected);
  }
  void configure(const gate_config& config) {
    ASSERT_EQ(gate().configure(coupon, epoch_of(1), config), change_outcome::done);
  }
};

TEST_P(gate_verdicts, gives_dense_sequences_in_the_order_of_the_batch) {
  build(epoch_of(1), 8);
  ASSERT_EQ(admit({90, 20, 70}).what, gate_answer::decided);
  admit({5, 60, 20, 50});
  EXPECT_EQ(decisions().at(0)->what, verdict::already_issued);
  EXPECT_EQ(decisions().at(0)->record,
            (issue_record{coupon, user_id{5}, 5, issue_status::accepted, noon, std::nullopt}));
  EXPECT_EQ(decisions().at(1)->what, verdict::admitted);
  EXPECT_EQ(decisions().at(1)->record.sequence, 12);
  EXPECT_EQ(decisions().at(2)->what, verdict::already_issued);
  EXPECT_EQ(decisions().at(2)->record.sequence, 10);
  EXPECT_EQ(decisions().at(3)->record.sequence, 13);
  EXPECT_EQ(gate().status(coupon)->size, 13);
}

TEST_P(gate_verdicts, numbers_a_thousand_users_of_one_batch) {
  build(epoch_of(1), 95, config_with(1, std::nullopt));
  std::vector<user_id> users;
  for (std::int64_t id = 1'000'001; id <= 1'001'024; ++id) users.push_back(user_id{id});
  gate::admit_decisions said;
  ASSERT_EQ(under_test().admit(coupon, epoch_of(1), no_bound, users, said).what, gate_answer::decided);
  for (std::size_t i = 0; i < users.size(); ++i)
    ASSERT_EQ(gate().find(coupon, epoch_of(1), users[i])->sequence, 96 + static_cast<sequence_number>(i));
}

TEST_P(gate_verdicts, a_winner_hears_yes_whatever_has_become_of_the_coupon) {
  build(epoch_of(1), 1, config_with(1, 1));
  expect_verdict(9, verdict::sold_out);
  expect_verdict(1, verdict::already_issued);
  gate_config config = config_with(2, 1);
  config.window.end = config.window.start + std::chrono::milliseconds(1);
  configure(config);
  expect_verdict(9, verdict::ended);
  expect_verdict(1, verdict::already_issued);
  config = config_with(3, 1);
  config.window.start = config.window.end - std::chrono::milliseconds(1);
  configure(config);
  expect_verdict(9, verdict::not_started);
  expect_verdict(1, verdict::already_issued);
  config.config_version = 4;
  config.paused = true;
  configure(config);
  expect_verdict(9, verdict::paused);
  expect_verdict(1, verdict::already_issued);
}

TEST_P(gate_verdicts, tells_when_to_come_back) {
  gate_config config = config_with(1, 1);
  config.window.start = config.window.end - std::chrono::milliseconds(1);
  build(epoch_of(1), 0, config);
  expect_verdict(9, verdict::not_started);
  EXPECT_EQ(decisions()[0]->window_start, config.window.start);
}

TEST_P(gate_verdicts, fills_the_last_places_and_turns_the_others_away) {
  build(epoch_of(1), 3, config_with(1, 5));
  const auto outcome = admit({10, 2, 11, 12, 10'000});
  EXPECT_TRUE(outcome.terms.sold_out);
  EXPECT_EQ(outcome.terms.config_version, 1);
  EXPECT_EQ(outcome.terms.window_end, open_config().window.end);
  EXPECT_EQ(decisions().at(0)->record.sequence, 4);
  EXPECT_EQ(decisions().at(1)->what, verdict::already_issued);
  EXPECT_EQ(decisions().at(2)->record.sequence, 5);
  EXPECT_EQ(decisions().at(3)->what, verdict::sold_out);
  EXPECT_EQ(decisions().at(4)->what, verdict::sold_out);
  EXPECT_TRUE(under_test().look(coupon, epoch_of(1)).terms.sold_out);
}

TEST_P(gate_verdicts, opens_again_for_as_many_as_were_added) {
  build(epoch_of(1), 2, config_with(1, 2));
  expect_verdict(9, verdict::sold_out);
  configure(config_with(2, 3));
  admit({9, 10});
  EXPECT_EQ(decisions().at(0)->record.sequence, 3);
  EXPECT_EQ(decisions().at(1)->what, verdict::sold_out);
}

TEST_P(gate_verdicts, refuses_what_would_wait_past_the_bound_but_nobody_who_is_in) {
  build(epoch_of(1), 2);
  admit({10, 11, 1, 12, 13}, epoch_of(1), 3);
  EXPECT_TRUE(decisions().at(0)->what == verdict::admitted && decisions().at(3)->what == verdict::admitted);
  EXPECT_EQ(decisions().at(2)->what, verdict::already_issued);
  EXPECT_EQ(decisions().at(4).error(), errc::overloaded);
  admit({14, 12}, epoch_of(1), 3);
  EXPECT_EQ(decisions().at(0).error(), errc::overloaded);
  EXPECT_EQ(decisions().at(1)->what, verdict::already_issued);
  EXPECT_EQ(gate().status(coupon)->size, 5);

  const auto entries = gate().read_queue(coupon, queue::queue_start, 9)->entries;
  gate().trim_queue(coupon, epoch_of(1), entries.back().at, 5);
  admit({14}, epoch_of(1), 3);
  EXPECT_EQ(decisions().at(0)->record.sequence, 6) << "the ledger has caught up";
}

TEST_P(gate_verdicts, never_calls_the_coupon_sold_out_because_the_ledger_is_slow) {
  build(epoch_of(1), 0, config_with(1, 3));
  EXPECT_FALSE(admit({1, 2, 3, 4}, epoch_of(1), 2).terms.sold_out);
  EXPECT_EQ(decisions().at(2).error(), errc::overloaded);
  EXPECT_EQ(decisions().at(3).error(), errc::overloaded);
}

TEST_P(gate_verdicts, calls_the_coupon_sold_out_even_when_the_ledger_is_slow) {
  build(epoch_of(1), 0, config_with(1, 2));
  admit({1, 2});
  EXPECT_TRUE(admit({3}, epoch_of(1), 1).terms.sold_out);
  EXPECT_EQ(decisions().at(0)->what, verdict::sold_out);
}

TEST_P(gate_verdicts, names_the_epoch_to_ask_again_with) {
  build(epoch_of(3), 1);
  for (const epoch_number other : {1, 2, 4}) {
    const auto outcome = admit({9}, other);
    EXPECT_EQ(outcome.what, gate_answer::closed);
    EXPECT_EQ(outcome.open_epoch, epoch_of(3));
    EXPECT_EQ(under_test().look(coupon, other).open_epoch, epoch_of(3));
  }
  EXPECT_EQ(gate().status(coupon)->size, 1);
  gate().fence(coupon, epoch_of(4));
  EXPECT_EQ(admit({9}, epoch_of(3)).open_epoch, 0);
  EXPECT_EQ(admit({9}, epoch_of(4)).open_epoch, 0);
}

TEST_P(gate_verdicts, finds_the_record_of_a_user) {
  build(epoch_of(1), 1);
  admit({9});
  const auto found = gate().find(coupon, epoch_of(1), user_id{9});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sequence, 2);
  EXPECT_EQ(found->admitted_at, decisions().at(0)->record.date_issued);
  EXPECT_FALSE(gate().find(coupon, epoch_of(1), user_id{10}));
}

TEST_P(gate_verdicts, changes_nothing_for_a_batch_that_names_a_user_twice) {
  build(epoch_of(1), 1);
  const auto before = under_test().everything();
  EXPECT_EQ(admit({9, 10, 9}).what, gate_answer::not_understood);
  EXPECT_EQ(under_test().everything(), before);
  EXPECT_EQ(admit({1, 1, 9}).what, gate_answer::decided) << "those who are in may ask as often as they like";
}

TEST_P(gate_verdicts, hears_of_no_ids_but_whole_ones) {
  build(epoch_of(1), 0);
  admit({id_max, id_max - 1, id_min});
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{id_max})->sequence, 1);
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{id_max - 1})->sequence, 2);
  const auto entry = gate().read_queue(coupon, queue::queue_start, 1)->entries.at(0);
  EXPECT_EQ(entry.what->users, (std::vector<user_id>{user_id{id_max}, user_id{id_max - 1}, user_id{id_min}}));
}

INSTANTIATE_TEST_SUITE_P(redis, gate_verdicts, ::testing::Values(make_redis_gate_under_test));
INSTANTIATE_TEST_SUITE_P(simulated, gate_verdicts, ::testing::Values(make_simulated_gate_under_test));

// What only a real Redis can show.

class gate_in_redis : public gate_fixture {
 protected:
  explicit gate_in_redis(redis::durability wanted = redis::durability::none)
      : gate_fixture([wanted] { return std::make_unique<redis_gate_under_test>(wanted); }) {}

  redis_server& server() { return static_cast<redis_gate_under_test&>(under_test()).server(); }
};

TEST_F(gate_in_redis, changes_nothing_when_the_next_sequence_was_logged_before) {
  build(epoch_of(1), 4);
  server().ask(
      {"XADD", gate::gate_keys(coupon, epoch_of(1), prefix_under_test).queue, "5-0", "s", "5", "t", "1", "u", "99"});
  const auto before = under_test().everything();
  EXPECT_EQ(admit({10, 11}).what, gate_answer::not_understood);
  EXPECT_EQ(under_test().everything(), before);
}

TEST_F(gate_in_redis, survives_a_flush_of_the_scripts) {
  build(epoch_of(1), 0);
  admit({1});
  server().ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(admit({2}).what, gate_answer::decided);
  EXPECT_EQ(gate().status(coupon)->size, 2);
}

TEST_F(gate_in_redis, refuses_for_want_of_memory_before_anything_happened) {
  build(epoch_of(1), 1);
  const auto before = under_test().everything();
  server().ask({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(admit({9}).what, gate_answer::refused);
  EXPECT_TRUE(gate().find(coupon, epoch_of(1), user_id{1})) << "reading goes on";
  gate().trim_queue(coupon, epoch_of(1), "1-0", 1);
  server().ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(under_test().everything(), before);
}

TEST_F(gate_in_redis, shows_an_entry_that_somebody_spoiled_as_one_that_cannot_be_decoded) {
  build(epoch_of(1), 0);
  admit({1});
  server().ask({"XADD", gate::gate_keys(coupon, epoch_of(1), prefix_under_test).queue, "2-0", "s", "2", "t", "nonsense",
                "u", "5"});
  const auto entries = gate().read_queue(coupon, queue::queue_start, 10)->entries;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(entries[0].what);
  EXPECT_FALSE(entries[1].what);
  EXPECT_NE(entries[1].why_not, "");
}

TEST_F(gate_in_redis, cannot_say_anything_about_a_meta_that_somebody_spoiled) {
  build(epoch_of(1), 1);
  server().ask({"HSET", gate::gate_keys(coupon_id{7}, 0, prefix_under_test).meta, "end", "tomorrow"});
  EXPECT_THROW(gate().status(coupon), store_unavailable);
  EXPECT_EQ(admit({9}).what, gate_answer::not_understood);
  server().ask({"DEL", gate::gate_keys(coupon_id{7}, 0, prefix_under_test).meta});
  server().ask({"SET", gate::gate_keys(coupon_id{7}, 0, prefix_under_test).meta, "x"});
  EXPECT_THROW(gate().status(coupon), store_unavailable);
  EXPECT_EQ(admit({9}).what, gate_answer::not_understood);
}

TEST_F(gate_in_redis, passes_for_nobody_as_the_confirmed_one_once_it_is_a_replica) {
  build(epoch_of(1), 1);
  server().ask({"REPLICAOF", "127.0.0.1", "1"});  // nobody is there: it keeps its data, and its id
  // As a connection that was not closed when its master was demoted.
  const auto ask = [&](std::string_view script, std::vector<std::string> rest) {
    const gate::gate_keys keys(coupon, epoch_of(1), prefix_under_test);
    std::vector<std::string> words{"EVAL", std::string(script), "3", keys.meta, keys.users, keys.queue};
    words.insert(words.end(), rest.begin(), rest.end());
    return server().command(words);
  };
  const std::string epoch = std::to_string(epoch_of(1));
  EXPECT_EQ(gate::decode_look(ask(gate::scripts::lease, {epoch}), epoch_of(1)).what, gate_answer::closed);
  EXPECT_TRUE(ask(gate::scripts::admit, {epoch, "7", "100", "9"}).is_error());
  const auto status = gate::decode_status(ask(gate::scripts::read_queue, {epoch, "0-0", "0"}));
  EXPECT_FALSE(std::get<gate::queue_view>(status).gate.confirmed());
}

class durable_gate_in_redis : public gate_in_redis {
 protected:
  durable_gate_in_redis() : gate_in_redis(redis::durability::always) {}
};

TEST_F(durable_gate_in_redis, keeps_whom_it_let_in_when_it_is_killed_and_waits_to_be_confirmed) {
  build(epoch_of(1), 1);
  admit({8, 9});
  const auto let_in = decisions();
  const std::string before = run_id();
  server().kill();
  EXPECT_THROW(gate().status(coupon), store_unavailable);
  server().start();
  EXPECT_NE(run_id(), before);
  const auto status = gate().status(coupon);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->size, 3);
  EXPECT_FALSE(status->confirmed());
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{9})->sequence, let_in.at(1)->record.sequence);
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), status->serving_run_id, open_config()));
  EXPECT_TRUE(gate().status(coupon)->confirmed());
}

}  // namespace
}  // namespace firstcome::testing
