#include "coordination/operator_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/small_world.hpp"
#include "sim/step_watchers.hpp"

namespace firstcome::coordination {
namespace {

using testing::at_step;
using testing::node;
using testing::small_world;

class remembering final : public testing::step_watcher {
 public:
  explicit remembering(const testing::hand_pace& time) : time_(time) {}
  void before(const char* step) override { at[step] = time_.time; }
  void after(const char*) override {}
  std::map<std::string, monotonic> at;

 private:
  const testing::hand_pace& time_;
};

class operator_change_test : public ::testing::Test {
 protected:
  result<coupon> change(const coupon_change& what) { return node_.operators.change(world_.coupon, what); }
  static coupon_change total_of(std::optional<std::int32_t> total) {
    coupon_change c;
    c.total_quantity = total;
    return c;
  }
  gate::gate_status gate() { return world_.gate_status(); }
  const coupon& row() { return world_.ledgers.of(world_.coupon).row; }

  small_world world_{10};
  remembering steps_{world_.time};
  node node_{world_, steps_};
};

TEST_F(operator_change_test, creates_a_coupon_with_an_open_gate) {
  const epoch_number before = gate().epoch;
  const auto made = node_.operators.create(small_world::draft(3));
  ASSERT_TRUE(made);
  EXPECT_TRUE(world_.gate_status(made->id).open);
  EXPECT_GT(made->epoch, before) << "an epoch is the millisecond in which it began";
  EXPECT_EQ(made->epoch, world_.gate_status(made->id).epoch);
  EXPECT_EQ(node_.operators.create({}).error(), errc::invalid_coupon);
}

// Who heard of an error after the row was written would create a second coupon.
TEST_F(operator_change_test, a_coupon_whose_gate_cannot_be_had_now_is_created_all_the_same) {
  class no_gate final : public testing::step_watcher {
   public:
    void before(const char* step) override {
      if (std::string_view(step).starts_with("gate.")) throw store_unavailable(step);
    }
    void after(const char*) override {}
  } without_gate;
  node alone(world_, without_gate);
  const auto made = alone.operators.create(small_world::draft(3));
  ASSERT_TRUE(made);
  EXPECT_EQ(world_.ledgers.of(made->id).row.total_quantity, 3);
  ASSERT_EQ(node_.recovery.ensure_ready(made->id).outcome, recovery_outcome::rebuilt);
  EXPECT_TRUE(world_.gate_status(made->id).open);
}

TEST_F(operator_change_test, announces_a_raise_one_lease_before_it_is_made) {
  ASSERT_TRUE(change(total_of(20)));
  EXPECT_EQ(gate().config.total_quantity, 20);
  EXPECT_EQ(row().total_quantity, 20);
  EXPECT_GE(steps_.at["lock.commit"] - steps_.at["gate.announce"], announcement_lead);
}

TEST_F(operator_change_test, raises_the_gate_only_when_the_ledger_has_it) {
  class dying final : public testing::step_watcher {
   public:
    void before(const char* step) override {
      if (std::string(step) == "lock.commit") throw store_unavailable(step);
    }
    void after(const char*) override {}
  } watcher;
  node n(world_, watcher);
  EXPECT_THROW((void)n.operators.change(world_.coupon, total_of(20)), store_unavailable);
  EXPECT_EQ(gate().config.total_quantity, 10);
  EXPECT_EQ(row().total_quantity, 10);
}

TEST_F(operator_change_test, announces_again_when_somebody_else_changed_it_meanwhile) {
  at_step watcher("ledger.lock", [&] {
    remembering quiet(world_.time);
    node other(world_, quiet);
    coupon_change c;
    c.title = "meanwhile";
    ASSERT_TRUE(other.operators.change(world_.coupon, c));
  });
  node n(world_, watcher);
  ASSERT_TRUE(n.operators.change(world_.coupon, total_of(20)));
  EXPECT_EQ(std::count(watcher.steps.begin(), watcher.steps.end(), "gate.announce"), 2);
  EXPECT_EQ(row().title, "meanwhile");
}

TEST_F(operator_change_test, announces_again_when_the_gate_forgot_it_meanwhile) {
  world_.copy_stores();
  at_step watcher("ledger.lock", [&] {
    world_.fail_over();
    remembering quiet(world_.time);
    node other(world_, quiet);
    ASSERT_EQ(other.recovery.ensure_ready(world_.coupon).outcome, recovery_outcome::confirmed);
    EXPECT_EQ(world_.gates.meta_of(world_.coupon)->announced, std::nullopt);
  });
  node n(world_, watcher);
  ASSERT_TRUE(n.operators.change(world_.coupon, total_of(20)));
  EXPECT_EQ(std::count(watcher.steps.begin(), watcher.steps.end(), "gate.announce"), 2);
}

TEST_F(operator_change_test, lowers_to_what_is_admitted_and_not_below) {
  world_.ask({1, 2, 3});  // in the gate, not yet in the ledger
  EXPECT_EQ(change(total_of(2)).error(), errc::quantity_below_issued);
  EXPECT_EQ(row().total_quantity, 10);
  ASSERT_TRUE(change(total_of(3)));
  world_.ask({4});
  EXPECT_FALSE(world_.promised.contains(user_id{4}));
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(change(total_of(2)).error(), errc::quantity_below_issued);
}

// Another node of the database's cluster was first, and meanwhile somebody heard "sold out" by the lower total.
TEST_F(operator_change_test, a_lowering_that_the_gate_knew_of_for_a_moment_is_no_refusal) {
  class overtaken final : public testing::step_watcher {
   public:
    explicit overtaken(std::function<void()> meanwhile) : meanwhile_(std::move(meanwhile)) {}
    void before(const char* step) override {
      if (step == std::string_view("lock.commit") && !std::exchange(once_, true))
        throw ledger::transaction_conflict("overtaken");
      if (step == std::string_view("ledger.lock") && once_ && meanwhile_) std::exchange(meanwhile_, {})();
    }
    void after(const char*) override {}

   private:
    bool once_ = false;
    std::function<void()> meanwhile_;
  };
  world_.ask({1, 2, 3});
  overtaken watcher([&] {
    EXPECT_EQ(gate().config.total_quantity, 3) << "was lowered";
    remembering quiet(world_.time);
    node other(world_, quiet);
    other.recovery.ensure_ready(world_.coupon);
    world_.ask({4, 5});
    EXPECT_TRUE(world_.promised.contains(user_id{5}));
  });
  node n(world_, watcher);
  EXPECT_EQ(n.operators.change(world_.coupon, total_of(3)).error(), errc::unavailable);
  EXPECT_EQ(n.operators.change(world_.coupon, total_of(4)).error(), errc::quantity_below_issued) << "of the next one";
  EXPECT_EQ(row().total_quantity, 10);
}

TEST_F(operator_change_test, turns_limited_into_unlimited_and_back) {
  ASSERT_TRUE(change(total_of(std::nullopt)).has_value());
  coupon_change unlimited;
  unlimited.total_quantity = std::optional<std::int32_t>();
  ASSERT_TRUE(change(unlimited));
  EXPECT_FALSE(row().total_quantity);
  EXPECT_FALSE(gate().config.total_quantity);
  ASSERT_TRUE(change(total_of(5)));
  EXPECT_EQ(gate().config.total_quantity, 5);
}

TEST_F(operator_change_test, says_what_is_wrong) {
  EXPECT_EQ(node_.operators.change(coupon_id{999}, total_of(5)).error(), errc::coupon_not_found);
  coupon_change c;
  c.end = row().window.start;
  EXPECT_EQ(change(c).error(), errc::invalid_coupon);
  EXPECT_EQ(change({})->config_version, row().config_version);
}

TEST_F(operator_change_test, is_refused_while_somebody_else_holds_the_coupon) {
  auto lock = node_.plain_ledger.lock(world_.coupon, runtime::deadline::never());
  coupon_change c;
  c.paused = true;
  EXPECT_EQ(change(c).error(), errc::overloaded);
  EXPECT_FALSE(row().paused);
}

TEST_F(operator_change_test, waits_until_the_gate_has_it_or_says_that_it_is_unknown) {
  world_.change_lineage();
  coupon_change c;
  c.paused = true;
  ASSERT_TRUE(change(c));
  EXPECT_TRUE(gate().config.paused);
}

/// Keeps whether the gate was told without a deadline.
class looks_at_the_telling final : public testing::step_watcher {
 public:
  void before(const char* step) override {
    if (step == std::string_view("gate.configure")) told_freely = of->gate.until().is_never();
    if (step == std::string_view("ledger.lock")) locked_freely = of->ledger.until().is_never();
  }
  void after(const char*) override {}

  const testing::node* of = nullptr;
  std::optional<bool> told_freely;
  std::optional<bool> locked_freely;
};

TEST_F(operator_change_test, what_the_ledger_has_the_gate_is_told_even_past_the_deadline) {
  looks_at_the_telling watcher;
  testing::node n(world_, watcher);
  watcher.of = &n;
  const runtime::deadline until = runtime::deadline::after(std::chrono::hours(1), world_.time.monotonic_now());
  n.gate.until(until);
  n.ledger.until(until);
  coupon_change c;
  c.paused = true;
  ASSERT_TRUE(n.operators.change(world_.coupon, c));
  EXPECT_EQ(watcher.locked_freely, false);
  EXPECT_EQ(watcher.told_freely, true);
  EXPECT_EQ(n.gate.until(), until);
}

// Or a node would say "sold out" from memory after it took effect.
TEST_F(operator_change_test, a_raise_that_has_no_time_for_its_announcement_is_surely_not_done) {
  at_step quiet;
  testing::node n(world_, quiet);
  n.gate.until(runtime::deadline::after(announcement_lead / 2, world_.time.monotonic_now()));
  coupon_change c;
  c.total_quantity = *world_.ledgers.of(world_.coupon).row.total_quantity + 1;
  const coupon before = world_.ledgers.of(world_.coupon).row;
  EXPECT_THROW((void)n.operators.change(world_.coupon, c), runtime::deadline_passed);
  EXPECT_EQ(world_.ledgers.of(world_.coupon).row.total_quantity, before.total_quantity);
}

}  // namespace
}  // namespace firstcome::coordination
