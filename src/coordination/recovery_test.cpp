// The holes that the model found (docs/adr/0004), one by one.

#include "coordination/recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/small_world.hpp"
#include "sim/step_watchers.hpp"
#include "worker/queue_mover.hpp"

namespace firstcome::coordination {
namespace {

using testing::at_step;
using ::testing::Contains;
using testing::die;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::node;
using ::testing::SizeIs;
using testing::small_world;

/// Keeps the steps that were taken without a deadline, and those with one.
class looks_at_deadlines final : public testing::step_watcher {
 public:
  void before(const char* step) override {
    const bool bound = !of->gate.until().is_never() && !of->ledger.until().is_never();
    (bound ? bound_steps : free_steps).emplace_back(step);
  }
  void after(const char*) override {}

  const node* of = nullptr;
  std::vector<std::string> bound_steps;
  std::vector<std::string> free_steps;
};

class recovery_test : public ::testing::Test {
 protected:
  gate::gate_status meta() { return world_.gate_status(); }
  epoch_number epoch() { return meta().epoch; }
  worker::move_outcome step(node& n) {
    return worker::queue_mover(world_.coupon, n.gate, n.ledger, world_.time).step().outcome;
  }
  void settle() {
    ASSERT_TRUE(world_.settle());
    ASSERT_THAT(world_.broken_settled(), IsEmpty());
  }

  small_world world_;
};

TEST_F(recovery_test, restart_of_redis_costs_a_confirmation_and_no_rebuild) {
  world_.ask({1, 2, 3});
  const epoch_number before = epoch();
  world_.change_lineage();
  at_step nothing;
  node n(world_, nothing);
  EXPECT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::confirmed);
  EXPECT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::ready);
  settle();
  EXPECT_EQ(epoch(), before);
}

// A retired gate has nothing left that could be lost with it, however often its rebuild starts over.
TEST_F(recovery_test, retired_coupon_that_is_opened_again_raises_no_alarm_of_loss) {
  world_.ask({1, 2});
  settle();
  at_step nothing;
  node n(world_, nothing);
  ASSERT_TRUE(n.gate.retire(world_.coupon, epoch(), world_.gate_status().config.config_version));
  at_step dies("gate.open", die);
  node dead(world_, dies);
  EXPECT_THROW(dead.recovery.rebuild(world_.coupon), store_unavailable);
  const recovery_report report = n.recovery.rebuild(world_.coupon);
  ASSERT_EQ(report.outcome, recovery_outcome::rebuilt);
  EXPECT_FALSE(report.loss_possible);
  settle();
}

// The attempt had its epoch in the ledger, and Redis refused the fence.
TEST_F(recovery_test, retired_coupon_that_is_changed_while_redis_refuses_writes_raises_no_alarm_of_loss) {
  world_.ask({1, 2});
  settle();
  at_step nothing;
  node n(world_, nothing);
  ASSERT_TRUE(n.gate.retire(world_.coupon, epoch(), world_.gate_status().config.config_version));
  coupon_change later;
  later.end = world_.ledgers.of(world_.coupon).row.window.end + std::chrono::hours(1);
  at_step refuses("gate.configure", die);
  EXPECT_THROW(node(world_, refuses).operators.change(world_.coupon, later), store_unavailable);
  for (int i = 0; i < 2; ++i) {
    at_step refuses_too("gate.fence", die);
    EXPECT_THROW(node(world_, refuses_too).recovery.rebuild(world_.coupon), store_unavailable);
  }
  const recovery_report report = n.recovery.rebuild(world_.coupon);
  ASSERT_EQ(report.outcome, recovery_outcome::rebuilt);
  EXPECT_FALSE(report.loss_possible);
  settle();
  world_.gates.coupons.clear();
  EXPECT_TRUE(n.recovery.rebuild(world_.coupon).loss_possible) << "it was opened again, and that gate is lost";
}

TEST_F(recovery_test, retired_gate_of_an_older_epoch_does_not_hide_a_loss) {
  world_.ask({1, 2});
  settle();
  at_step nothing;
  node n(world_, nothing);
  ASSERT_TRUE(n.gate.retire(world_.coupon, epoch(), world_.gate_status().config.config_version));
  world_.copy_stores();
  ASSERT_EQ(n.recovery.rebuild(world_.coupon).outcome, recovery_outcome::rebuilt);
  world_.gates.coupons = world_.replica.coupons;  // an old copy of Redis comes back
  world_.change_lineage();
  const recovery_report report = n.recovery.rebuild(world_.coupon);
  ASSERT_EQ(report.outcome, recovery_outcome::rebuilt);
  EXPECT_TRUE(report.loss_possible);
}

TEST_F(recovery_test, rebuilds_that_come_to_nothing_leave_nothing_in_the_gate) {
  world_.ask({1, 2});
  for (int i = 0; i < 3; ++i) {
    at_step dies("gate.open", die);
    node n(world_, dies);
    EXPECT_THROW(n.recovery.rebuild(world_.coupon), store_unavailable);
  }
  settle();
  EXPECT_THAT(world_.gates.coupons.at(world_.coupon).users, SizeIs(1));
}

TEST_F(recovery_test, worker_that_dies_costs_no_rebuild) {
  const epoch_number before = epoch();
  for (const char* step_name : {"gate.read_queue", "ledger.append", "gate.trim_queue"}) {
    for (const auto when : {at_step::when::before, at_step::when::after}) {
      world_.ask({world_.time.now().time_since_epoch().count()});
      at_step dies(step_name, die, when);
      node n(world_, dies);
      EXPECT_THROW(step(n), store_unavailable);
      settle();
      EXPECT_EQ(epoch(), before) << step_name;
    }
  }
}

TEST_F(recovery_test, idle_worker_tells_the_gate_what_one_that_died_did_not) {
  world_.ask({1, 2});
  at_step dies("gate.trim_queue", die);
  node n(world_, dies);
  EXPECT_THROW(step(n), store_unavailable);
  EXPECT_EQ(meta().issued, 0);
  at_step nothing;
  node next(world_, nothing);
  EXPECT_EQ(step(next), worker::move_outcome::nothing);
  EXPECT_EQ(meta().issued, 2);
}

TEST_F(recovery_test, gate_is_stamped_only_when_the_ledger_has_committed) {
  world_.change_lineage();
  at_step dies("lock.commit", die);
  node n(world_, dies);
  EXPECT_THROW(n.recovery.ensure_ready(world_.coupon), store_unavailable);
  EXPECT_NE(meta().run_id, world_.gates.run_id);
  EXPECT_THAT(dies.steps, ::testing::Not(Contains("gate.confirm")));
  settle();
}

TEST_F(recovery_test, confirmation_that_died_before_its_stamp_is_done_again) {
  const epoch_number before = epoch();
  world_.change_lineage();
  at_step dies("gate.confirm", die);
  node n(world_, dies);
  EXPECT_THROW(n.recovery.ensure_ready(world_.coupon), store_unavailable);
  settle();
  EXPECT_EQ(epoch(), before);
}

TEST_F(recovery_test, batch_that_was_read_from_a_redis_that_is_gone_is_void) {
  world_.ask({1, 2});
  settle();
  world_.copy_stores();
  world_.ask({3});
  at_step fails_over("ledger.append", [&] {
    world_.fail_over();
    settle();
    world_.ask({4});  // at the place that user 3 had
    EXPECT_EQ(world_.promised.at(user_id{4}), 3);
  });
  node n(world_, fails_over);
  EXPECT_EQ(step(n), worker::move_outcome::again);
  settle();
  EXPECT_EQ(world_.ledgers.of(world_.coupon).issues.at(3).record.user, user_id{4});
}

TEST_F(recovery_test, users_of_a_spoilt_entry_are_not_looked_for_in_another_redis) {
  world_.ask({1, 2});
  settle();
  world_.copy_stores();
  world_.ask({3});
  world_.spoil_entry(3);
  at_step fails_over("gate.each_admitted", [&] {
    world_.fail_over();
    world_.excuse_what_is_lost();
  });
  node n(world_, fails_over);
  EXPECT_EQ(step(n), worker::move_outcome::again);
  EXPECT_THAT(world_.ledgers.of(world_.coupon).dead_letters, IsEmpty());
  settle();
  world_.ask({4});
  EXPECT_EQ(world_.promised.at(user_id{4}), 3);
}

TEST_F(recovery_test, gate_of_the_right_size_and_another_lineage_is_rebuilt) {
  world_.ask({1, 2});
  settle();
  auto shorter = world_.gates;
  world_.ask({3});
  auto longer = world_.gates;  // has more of the first master's tail
  world_.replica = shorter;
  world_.fail_over();
  settle();
  world_.ask({4});
  settle();  // the ledger has user 4 at 3
  const epoch_number before = epoch();
  world_.replica = longer;
  world_.fail_over();
  at_step nothing;
  node n(world_, nothing);
  const recovery_report report = n.recovery.ensure_ready(world_.coupon);
  EXPECT_EQ(report.outcome, recovery_outcome::rebuilt);
  ASSERT_THAT(report.left_over, SizeIs(1));
  EXPECT_EQ(report.left_over.front().user, user_id{3});
  EXPECT_GT(epoch(), before);
  settle();
}

TEST_F(recovery_test, rebuild_ends_when_another_redis_answers) {
  for (const char* step_name : {"gate.each_admitted", "gate.load", "gate.open"}) {
    world_.ask({world_.time.now().time_since_epoch().count()});
    at_step restarts(step_name, [&] { world_.change_lineage(); });
    node n(world_, restarts);
    EXPECT_EQ(n.recovery.rebuild(world_.coupon).outcome, recovery_outcome::busy) << step_name;
    EXPECT_FALSE(meta().open);
    settle();
  }
}

TEST_F(recovery_test, rebuild_that_dies_after_its_fence_leaves_the_old_users_to_the_next) {
  world_.ask({1, 2, 3});
  for (int i = 0; i < 2; ++i) {
    at_step fenced("gate.fence", die, at_step::when::after);
    node n(world_, fenced);
    EXPECT_THROW(n.recovery.rebuild(world_.coupon), store_unavailable);
  }
  settle();
  EXPECT_THAT(world_.ledgers.of(world_.coupon).issues, SizeIs(3));
}

TEST_F(recovery_test, drain_stops_at_the_first_who_does_not_fit_and_names_the_rest) {
  world_.ask({1, 2});
  settle();
  world_.ask({3, 4, 5});
  world_.users().erase(4);  // of a history that was lost
  world_.promised.erase(user_id{4});
  world_.promised.erase(user_id{5});
  at_step nothing;
  node n(world_, nothing);
  const recovery_report report = n.recovery.rebuild(world_.coupon);
  EXPECT_EQ(report.outcome, recovery_outcome::rebuilt);
  EXPECT_EQ(report.drained, 1U);
  ASSERT_THAT(report.left_over, SizeIs(1));
  EXPECT_EQ(report.left_over.front().user, user_id{5});
  settle();
}

TEST_F(recovery_test, who_has_another_place_in_the_ledger_is_not_drained) {
  world_.ask({1, 4});
  settle();
  world_.users()[3] = {2, from_microseconds(0)};
  world_.users()[4].sequence = 3;
  at_step nothing;
  node n(world_, nothing);
  const recovery_report report = n.recovery.rebuild(world_.coupon);
  EXPECT_EQ(report.outcome, recovery_outcome::rebuilt);
  EXPECT_EQ(report.drained, 0U);
  EXPECT_THAT(report.left_over, SizeIs(2));
  settle();
}

TEST_F(recovery_test, ledger_that_went_back_is_noticed_when_nothing_comes) {
  world_.ask({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  world_.copy_stores();
  settle();
  at_step nothing;
  node n(world_, nothing);
  world_.restore_ledger();
  EXPECT_THROW(step(n), store_unavailable);  // its connection broke
  EXPECT_EQ(step(n), worker::move_outcome::unfit);
  settle();
  EXPECT_THAT(world_.ledgers.of(world_.coupon).issues, SizeIs(10));
}

TEST_F(recovery_test, users_above_a_total_that_the_ledger_forgot_are_issued) {
  world_.copy_stores();
  at_step nothing;
  node n(world_, nothing);
  coupon_change raise;
  raise.total_quantity = std::optional(12);
  ASSERT_TRUE(n.operators.change(world_.coupon, raise));
  for (int user = 1; user <= 12; ++user) world_.ask({user});
  world_.restore_ledger();  // its total is 10 again
  settle();
  EXPECT_THAT(world_.ledgers.of(world_.coupon).issues, SizeIs(12));
}

TEST_F(recovery_test, gaps_in_the_ledger_keep_the_gate_closed) {
  world_.ask({1, 2, 3});
  settle();
  auto& rows = world_.ledgers.damage().coupons.at(world_.coupon);
  rows.places.erase(user_id{2});
  rows.issues.erase(2);
  at_step nothing;
  node n(world_, nothing);
  EXPECT_EQ(n.recovery.rebuild(world_.coupon).outcome, recovery_outcome::alarm);
  EXPECT_FALSE(meta().open);
}

// Whoever began a rebuild and gave up would leave everybody a gate that is closed.
TEST_F(recovery_test, what_is_begun_under_the_lock_is_not_cut_short_by_the_deadline_of_who_began_it) {
  world_.ask({1, 2});
  settle();
  looks_at_deadlines watcher;
  node n(world_, watcher);
  watcher.of = &n;
  const runtime::deadline until = runtime::deadline::after(std::chrono::hours(1), world_.time.monotonic_now());
  n.gate.until(until);
  n.ledger.until(until);
  ASSERT_EQ(n.recovery.rebuild(world_.coupon).outcome, recovery_outcome::rebuilt);
  EXPECT_THAT(watcher.bound_steps, ElementsAre("ledger.lock"));
  EXPECT_THAT(watcher.free_steps, IsSupersetOf({"gate.fence", "gate.load", "gate.open"}));
  EXPECT_EQ(n.gate.until(), until);
  EXPECT_EQ(n.ledger.until(), until);
}

TEST_F(recovery_test, who_waits_for_a_gate_leaves_at_its_own_deadline) {
  world_.ask({1, 2});
  settle();
  at_step nothing;
  node n(world_, nothing);
  ASSERT_TRUE(n.gate.fence(world_.coupon, epoch() + 1));  // by somebody who rebuilds it, and may be at it still
  const monotonic began = world_.time.monotonic_now();
  n.ledger.until(runtime::deadline::after(std::chrono::milliseconds(250), began));
  EXPECT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::busy);
  EXPECT_EQ(world_.time.monotonic_now() - began, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace firstcome::coordination
