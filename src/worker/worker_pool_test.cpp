#include "worker/worker_pool.hpp"

#include <gtest/gtest.h>

#include "sim/small_world.hpp"
#include "support/eventually.hpp"

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::small_world;

/// One thread: the stores in memory know no other. The test looks at them when the pool is gone.
class worker_pool_test : public ::testing::Test {
 protected:
  std::unique_ptr<worker_pool> start(worker_pool::options with = {}) {
    with.threads = 1;
    with.live_scan = with.ended_scan = {.interval = 20ms, .pause_after_failure = 20ms};
    worker_pool::hooks on;
    on.on_move = [this](coupon_id, const move_report& report) {
      rows += report.rows;
      looks += report.outcome == move_outcome::nothing;
    };
    on.on_recovery = [this](coupon_id, const coordination::recovery_report&) { ++recoveries; };
    on.on_failure = [this](const std::string&) { ++failures; };
    auto pool = std::make_unique<worker_pool>([this] { return make_gate(); },
                                              [this] { return std::make_unique<testing::sim_ledger>(world_.ledgers); },
                                              clock_, with, on);
    pool->start();
    return pool;
  }

  std::unique_ptr<testing::simulated_gate> make_gate() {
    return std::make_unique<testing::simulated_gate>(world_.gates, [this] { return clock_.now(); });
  }

  small_world world_;
  runtime::machine_clock clock_;
  std::atomic<std::size_t> rows{0};
  std::atomic<int> looks{0};
  std::atomic<int> recoveries{0};
  std::atomic<int> failures{0};
};

TEST_F(worker_pool_test, moves_what_waits_though_nobody_woke_it) {
  world_.ask({1, 2, 3});
  auto pool = start();
  EXPECT_TRUE(eventually([&] { return rows == 3; }));
  pool.reset();
  EXPECT_EQ(world_.ledgers.of(world_.coupon).issues.size(), 3U);
}

TEST_F(worker_pool_test, mends_a_gate_that_was_lost) {
  world_.ask({1});
  ASSERT_TRUE(world_.settle());
  world_.gates.coupons.clear();
  auto pool = start();
  EXPECT_TRUE(eventually([&] { return recoveries > 0 && looks > 0; }));
  pool.reset();
  EXPECT_TRUE(world_.broken_settled().empty());
}

TEST_F(worker_pool_test, is_quiet_when_it_was_asked_to_drain_and_nothing_is_left) {
  world_.ask({1, 2});
  auto pool = start();
  pool->wake(world_.coupon);
  EXPECT_FALSE(pool->drained());
  pool->drain();
  EXPECT_TRUE(eventually([&] { return pool->drained(); }));
  EXPECT_EQ(rows, 2U);
}

TEST_F(worker_pool_test, retires_the_gate_of_a_coupon_that_ended_long_ago) {
  world_.ask({1});
  ASSERT_TRUE(world_.settle());
  coupon_change c;
  c.end = from_microseconds(1'700'000'000'000'001);
  testing::sim_ledger ledger(world_.ledgers);
  const auto gate = make_gate();
  coordination::recovery recovery(*gate, ledger, world_.time);
  ASSERT_TRUE(coordination::operator_change(*gate, ledger, world_.time, recovery).change(world_.coupon, c));
  auto pool = start({.retention = 24h});
  EXPECT_TRUE(eventually([&] { return looks > 0; }));
  pool.reset();
  EXPECT_TRUE(world_.gate_status().retired);
}

}  // namespace
}  // namespace firstcome::worker
