#include "coordination/shared_audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordination/dead_letters.hpp"
#include "sim/small_world.hpp"
#include "worker/queue_mover.hpp"

namespace firstcome::coordination {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::node;
using ::testing::SizeIs;
using testing::small_world;

class live_watcher final : public testing::step_watcher {
 public:
  void before(const char* step) override {
    if (on_step && !inside_) {
      inside_ = true;
      on_step(step);
      inside_ = false;
    }
  }
  void after(const char*) override {}
  std::function<void(const std::string&)> on_step;

 private:
  bool inside_ = false;
};

class shared_audit_test : public ::testing::Test {
 protected:
  audit_findings audit() { return auditor_.audit(world_.coupon).value(); }
  repair_report repair() { return auditor_.repair(world_.coupon).value(); }
  testing::sim_coupon_rows& rows() { return world_.ledgers.damage().coupons.at(world_.coupon); }
  void settle() { ASSERT_TRUE(world_.settle()); }

  small_world world_;
  live_watcher watcher_;
  node node_{world_, watcher_};
  shared_audit auditor_{node_.gate, node_.ledger, world_.time, node_.recovery};
};

TEST_F(shared_audit_test, agrees_when_everything_is_moved_and_when_some_is_on_its_way) {
  world_.ask({1, 2, 3});
  settle();
  EXPECT_TRUE(audit().agree());
  world_.ask({4, 5});
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_EQ(found.rows, 3U);
  EXPECT_EQ(found.in_queue, 2U);
}

TEST_F(shared_audit_test, agrees_while_users_ask_and_workers_move) {
  int user = 0;
  watcher_.on_step = [&](const std::string&) {
    if (user < 9) world_.ask({++user});
    if (user % 2 == 0) settle();
  };
  EXPECT_THAT(audit().differences, IsEmpty());
}

TEST_F(shared_audit_test, names_who_was_admitted_and_has_no_record_and_repairs_it) {
  world_.ask({1, 2, 3});
  settle();
  rows().issues.erase(2);
  rows().places.erase(user_id{2});
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, Contains(HasSubstr("user 2 with sequence 2 was admitted")));
  EXPECT_TRUE(found.count_wrong);
  const repair_report report = repair();
  EXPECT_THAT(report.after.differences, IsEmpty());
  EXPECT_EQ(rows().issues.at(2).record.user, user_id{2});
  EXPECT_EQ(rows().row.issued_quantity, 3);
}

TEST_F(shared_audit_test, names_who_is_in_the_ledger_only_and_rebuilds_the_gate) {
  world_.ask({1, 2, 3});
  settle();
  world_.users().erase(3);
  EXPECT_THAT(audit().differences, Contains(HasSubstr("user 3 with sequence 3 is in the ledger and not in the gate")));
  EXPECT_THAT(repair().after.differences, IsEmpty());
  EXPECT_TRUE(world_.users().contains(3));
}

TEST_F(shared_audit_test, names_different_places_and_issues_nothing_twice_in_repair) {
  world_.ask({1, 2});
  settle();
  world_.users().at(2).sequence = 9;
  EXPECT_THAT(audit().differences, Contains(HasSubstr("user 2 with sequence 9 in the gate has 2 in the ledger")));
  EXPECT_THAT(repair().after.differences, IsEmpty());
  EXPECT_THAT(rows().issues, SizeIs(2));
}

TEST_F(shared_audit_test, brings_back_admissions_whose_entry_is_gone) {
  world_.ask({1, 2});
  world_.ask({3});
  world_.lose_entry(1);
  EXPECT_THAT(audit().differences, Contains(HasSubstr("user 1 with sequence 1 was admitted")));
  EXPECT_THAT(repair().after.differences, IsEmpty());
  EXPECT_THAT(rows().issues, SizeIs(3));
}

TEST_F(shared_audit_test, never_issues_past_the_total) {
  world_.ask({1, 2, 3});
  settle();
  rows().row.total_quantity = 3;
  world_.users()[4] = {4, to_whole_milliseconds(world_.time.now())};
  const repair_report report = repair();
  EXPECT_THAT(report.done, Contains(HasSubstr("user 4 was admitted with sequence 4")));
  EXPECT_THAT(rows().issues, SizeIs(3));
}

TEST_F(shared_audit_test, says_that_a_loss_is_possible_and_since_when_when_the_gate_is_gone) {
  world_.ask({1});
  settle();
  world_.gates.coupons.clear();
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, ElementsAre(HasSubstr("there is no gate")));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("may be lost")));
}

TEST_F(shared_audit_test, says_of_no_retired_gate_that_a_loss_is_possible) {
  world_.ask({1});
  settle();
  ASSERT_TRUE(node_.gate.retire(world_.coupon, world_.gate_status().epoch, world_.gate_status().config.config_version));
  EXPECT_TRUE(audit().agree());
  rows().row.config_version += 1;
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, ElementsAre(HasSubstr("different configurations")));
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST_F(shared_audit_test, a_gate_of_an_older_version_does_not_say_what_came_back) {
  world_.ask({1});
  settle();
  coupon_change pool;
  pool.restock = restock_rule::pool;
  ASSERT_TRUE(node_.operators.change(world_.coupon, pool));
  ASSERT_TRUE(node_.operators.give_back(world_.coupon, user_id{1}, {"r"}));
  auto& there = world_.gates.coupons.at(world_.coupon).meta->config;
  EXPECT_EQ(std::exchange(there->restocked, 0), 1);
  EXPECT_TRUE(audit().agree());
}

TEST_F(shared_audit_test, names_wrong_counts_and_configurations) {
  world_.ask({1});
  settle();
  rows().row.issued_quantity = 5;
  rows().row.config_version += 1;
  EXPECT_THAT(audit().differences,
              ElementsAre(HasSubstr("different configurations"), HasSubstr("issued_quantity says 5")));
  EXPECT_THAT(repair().after.differences, IsEmpty());
}

TEST_F(shared_audit_test, counts_dead_letters_as_places) {
  world_.ledgers.refuse_user(user_id{2});
  world_.ask({1, 2, 3});
  settle();
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_EQ(found.dead_letters, 1U);
}

TEST_F(shared_audit_test, unknown_dead_letter_is_given_to_a_user_who_cannot_get_in_again) {
  world_.ask({1});
  world_.ask({2});
  world_.spoil_entry(2);
  world_.users()[-2] = world_.users().extract(2).mapped();  // nobody knows whose place it is
  worker::queue_mover mover(world_.coupon, node_.gate, node_.ledger, world_.time);
  EXPECT_EQ(mover.step().dead_letters, 1U);

  dead_letters letters(node_.ledger, world_.time, node_.recovery);
  std::vector<dead_letter> open;
  letters.each(world_.coupon, [&](const dead_letter& l) { open.push_back(l); });
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(letters.replay(open.front()), replay_outcome::refused);
  EXPECT_EQ(letters.replay(open.front(), user_id{1}), replay_outcome::conflict);
  EXPECT_EQ(letters.replay(open.front(), user_id{2}), replay_outcome::issued);
  EXPECT_EQ(letters.replay(open.front(), user_id{2}), replay_outcome::gone);
  EXPECT_TRUE(world_.users().contains(2));
  EXPECT_THAT(audit().differences, IsEmpty());
}

// A place that is given up.

TEST_F(shared_audit_test, a_place_that_is_given_up_is_no_difference_and_its_user_may_ask_again) {
  world_.ledgers.refuse_user(user_id{2});
  world_.ask({1, 2, 3});
  settle();
  dead_letters letters(node_.ledger, world_.time, node_.recovery);
  EXPECT_EQ(letters.give_up(world_.coupon, 2, "the account is closed"), give_up_outcome::given_up);
  EXPECT_FALSE(world_.users().contains(2)) << "the gate was built without him";
  EXPECT_EQ(world_.gate_status().size, 3) << "and his place is kept";
  settle();
  const audit_findings found = audit();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_EQ(found.dead_letters, 0U);
  EXPECT_EQ(found.given_up, 1U);

  world_.ledgers.accept_user(user_id{2});
  world_.ask({2});
  settle();
  EXPECT_EQ(world_.ledgers.of(world_.coupon).places.at(user_id{2}), 4);
  EXPECT_THAT(audit().differences, IsEmpty());
  EXPECT_EQ(letters.give_up(world_.coupon, 2, "again"), give_up_outcome::gone);
  EXPECT_EQ(letters.give_up(world_.coupon, 4, "no"), give_up_outcome::issued);
}

TEST_F(shared_audit_test, the_gate_and_the_ledger_agree_also_when_it_was_not_built_anew_after_a_place_was_given_up) {
  world_.ledgers.refuse_user(user_id{2});
  world_.ask({1, 2, 3});
  settle();
  ASSERT_EQ(node_.ledger.give_up(world_.coupon, 2, "died here", world_.time.now()), ledger::append_outcome::committed);
  EXPECT_THAT(audit().differences, IsEmpty());
}

TEST_F(shared_audit_test, a_gate_that_is_lost_is_built_around_a_place_that_was_given_up) {
  world_.ledgers.refuse_user(user_id{2});
  world_.ask({1, 2, 3});
  settle();
  dead_letters letters(node_.ledger, world_.time, node_.recovery);
  ASSERT_EQ(letters.give_up(world_.coupon, 2, "closed"), give_up_outcome::given_up);
  world_.gates.coupons.clear();
  settle();
  EXPECT_EQ(world_.gate_status().size, 3);
  EXPECT_THAT(audit().differences, IsEmpty());
}

/// A letter that was deleted by hand, of a user whom the ledger still refuses: no gate can be built of what is left.
TEST_F(shared_audit_test, a_repair_never_closes_a_gate_that_works) {
  world_.ledgers.refuse_user(user_id{2});
  world_.ask({1, 2, 3});
  settle();
  rows().dead_letters.clear();
  const repair_report report = repair();
  EXPECT_THAT(report.done, Contains(HasSubstr("the gate was left as it is")));
  EXPECT_TRUE(world_.gate_status().confirmed());

  dead_letters letters(node_.ledger, world_.time, node_.recovery);
  EXPECT_EQ(letters.give_up(world_.coupon, 2, "its letter was deleted"), give_up_outcome::given_up);
  EXPECT_THAT(audit().differences, IsEmpty());
}

TEST_F(shared_audit_test, a_gate_that_could_not_be_built_for_a_hole_is_built_when_the_place_is_given_up) {
  world_.ask({1, 2, 3});
  settle();
  rows().places.erase(rows().issues.at(2).record.user);
  rows().issues.erase(2);
  --rows().row.issued_quantity;
  world_.gates.coupons.clear();
  EXPECT_EQ(node_.recovery.rebuild(world_.coupon).outcome, recovery_outcome::alarm);
  dead_letters letters(node_.ledger, world_.time, node_.recovery);
  EXPECT_EQ(letters.give_up(world_.coupon, 2, "row deleted on request"), give_up_outcome::given_up);
  settle();
  EXPECT_THAT(audit().differences, IsEmpty());
}

}  // namespace
}  // namespace firstcome::coordination
