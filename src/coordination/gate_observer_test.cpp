// When a gate that lets nobody in may be acted upon: not before the leases of the old one are over, nor while somebody
// else builds it; and without a thread that waits.

#include "coordination/gate_observer.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sim/small_world.hpp"
#include "sim/step_watchers.hpp"

namespace firstcome::coordination {
namespace {

using testing::at_every_step;
using testing::at_step;
using testing::die;
using testing::node;
using testing::small_world;

class gate_observer_test : public ::testing::Test {
 protected:
  epoch_number epoch() { return world_.gate_status().epoch; }

  small_world world_;
};

/// When each kind of step was last taken.
class lease_watcher final : public testing::step_watcher {
 public:
  explicit lease_watcher(small_world& world) : world_(world) {}
  void before(const char* step) override { at[step] = world_.time.time; }
  void after(const char*) override {}
  std::map<std::string, monotonic> at;

 private:
  small_world& world_;
};

TEST_F(gate_observer_test, gate_that_may_have_forgotten_somebody_stays_closed_until_every_lease_is_over) {
  lease_watcher watcher(world_);
  node n(world_, watcher);
  world_.ask({1, 2});
  world_.change_lineage();
  monotonic lost_at = world_.time.time;
  ASSERT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::confirmed);
  EXPECT_GE(watcher.at["gate.confirm"] - lost_at, announcement_lead);
  world_.gates.coupons.clear();
  lost_at = world_.time.time;
  ASSERT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::rebuilt);
  EXPECT_GE(watcher.at["gate.open"] - lost_at, announcement_lead);
  EXPECT_EQ(watcher.at["gate.open"], watcher.at["gate.fence"]) << "a rebuild that rests is taken for a dead one";
}

TEST_F(gate_observer_test, gate_that_lets_users_in_until_it_is_fenced_is_not_opened_before_every_lease_is_over) {
  lease_watcher watcher(world_);
  node n(world_, watcher);
  ASSERT_EQ(n.recovery.rebuild(world_.coupon).outcome, recovery_outcome::rebuilt);
  EXPECT_GE(watcher.at["gate.open"] - watcher.at["gate.fence"], announcement_lead);
}

TEST_F(gate_observer_test, nobody_has_to_wait_with_a_thread_in_hand) {
  at_step nothing;
  node n(world_, nothing);
  world_.ask({1, 2});
  world_.change_lineage();
  const monotonic lost_at = world_.time.time;
  recovery_report report = n.recovery.look_after(world_.coupon);
  EXPECT_EQ(report.outcome, recovery_outcome::watching);
  EXPECT_EQ(report.again_in, announcement_lead);
  EXPECT_EQ(world_.time.time, lost_at);
  world_.time.sleep(announcement_lead - std::chrono::milliseconds(1));
  EXPECT_EQ(n.recovery.look_after(world_.coupon).outcome, recovery_outcome::watching);
  world_.time.sleep(std::chrono::milliseconds(1));
  EXPECT_EQ(n.recovery.look_after(world_.coupon).outcome, recovery_outcome::confirmed);
}

TEST_F(gate_observer_test, gate_that_came_and_went_between_two_looks_is_watched_anew) {
  at_step nothing;
  node slow(world_, nothing), quick(world_, nothing);
  world_.gates.coupons.clear();
  EXPECT_EQ(slow.recovery.look_after(world_.coupon).outcome, recovery_outcome::watching);
  ASSERT_EQ(quick.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::rebuilt);
  world_.gates.coupons.clear();  // and the leases of that gate are not over
  EXPECT_EQ(slow.recovery.look_after(world_.coupon).outcome, recovery_outcome::watching);
}

TEST_F(gate_observer_test, gate_without_room_and_a_new_one_open_at_once) {
  lease_watcher watcher(world_);
  node n(world_, watcher);
  const auto other = n.operators.create(small_world::draft(10));
  ASSERT_TRUE(other);
  EXPECT_LT(watcher.at["gate.open"] - watcher.at["gate.fence"], announcement_lead);
  world_.ask({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  world_.change_lineage();
  ASSERT_EQ(n.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::confirmed);
  EXPECT_LT(watcher.at["gate.confirm"] - watcher.at["gate.read_queue"], announcement_lead);
}

TEST_F(gate_observer_test, closed_gate_in_which_something_moves_is_left_to_who_builds_it) {
  at_step fenced("gate.load", die);
  world_.ask({1, 2});
  node builder(world_, fenced);
  EXPECT_THROW(builder.recovery.rebuild(world_.coupon), store_unavailable);
  at_every_step loads("gate.status", [&, place = 100]() mutable {
    ++place;
    const gate::admitted who{user_id{place}, place, from_microseconds(0)};
    builder.gate_of_world.load(world_.coupon, epoch(), world_.gates.run_id, {&who, 1});
  });
  node other(world_, loads);
  const epoch_number before = epoch();
  EXPECT_EQ(other.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::busy);
  EXPECT_EQ(epoch(), before);
}

TEST_F(gate_observer_test, closed_gate_in_which_nothing_moves_is_taken_over) {
  at_step dies("gate.load", die);
  world_.ask({1, 2});
  node builder(world_, dies);
  EXPECT_THROW(builder.recovery.rebuild(world_.coupon), store_unavailable);
  at_step nothing;
  node other(world_, nothing);
  const monotonic found_at = world_.time.time;
  EXPECT_EQ(other.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::rebuilt);
  EXPECT_GE(world_.time.time - found_at, recovery_options{}.quiet_period);
}

}  // namespace
}  // namespace firstcome::coordination
