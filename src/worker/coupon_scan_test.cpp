#include "worker/coupon_scan.hpp"

#include <gtest/gtest.h>

#include "sim/small_world.hpp"

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;
using testing::small_world;
using work = schedule::work;

class coupon_scan_test : public ::testing::Test {
 protected:
  coupon_scan::page read(work which, coupon_id after = coupon_id{0}) {
    coupon_scan scan(gate_, ledger_, retired_, {.page_coupons = page_coupons, .retention = 24h});
    return scan.read(which, after, world_.time.now());
  }
  /// Of the world's one coupon, which is to be in this page.
  coupon_scan::seen seen(work which = work::live_scan) {
    const coupon_scan::page page = read(which);
    EXPECT_EQ(page.coupons.size(), 1U);
    return page.coupons.empty() ? coupon_scan::seen{} : page.coupons.front();
  }
  void change(const coupon_change& what) {
    coordination::recovery recovery(gate_, ledger_, world_.time);
    ASSERT_TRUE(coordination::operator_change(gate_, ledger_, world_.time, recovery).change(world_.coupon, what));
  }
  void end_at(timestamp end) {
    coupon_change c;
    c.end = end;
    change(c);
  }
  void retire() {
    ASSERT_TRUE(gate_.retire(world_.coupon, world_.gate_status().epoch, world_.gate_status().config.config_version));
  }

  const timestamp long_ago_ = from_microseconds(1'700'000'000'000'001);
  small_world world_;
  testing::sim_ledger ledger_{world_.ledgers};
  testing::simulated_gate gate_{world_.gates, [this] { return world_.time.now(); }};
  retired_coupons retired_;
  int page_coupons = 500;
};

TEST_F(coupon_scan_test, leaves_alone_what_is_drained_and_fit) {
  world_.ask({1, 2});
  ASSERT_TRUE(world_.settle());
  EXPECT_FALSE(seen().needs_a_look);
  EXPECT_TRUE(read(work::ended_scan).coupons.empty());
}

TEST_F(coupon_scan_test, finds_what_waits_though_nobody_said_so) {
  world_.ask({1, 2});
  EXPECT_TRUE(seen().needs_a_look);
  EXPECT_EQ(seen().behind, 2U);
}

TEST_F(coupon_scan_test, finds_a_gate_that_is_gone_a_lineage_that_changed_and_a_ledger_that_went_back) {
  world_.ask({1});
  ASSERT_TRUE(world_.settle());
  EXPECT_FALSE(seen().needs_a_look);
  const auto whole = world_.gates.coupons;
  world_.gates.coupons.clear();
  EXPECT_TRUE(seen().needs_a_look);
  world_.gates.coupons = whole;
  EXPECT_FALSE(seen().needs_a_look);
  world_.restore_ledger();
  EXPECT_THROW(ledger_.find_coupon(world_.coupon), store_unavailable);  // the connection broke
  EXPECT_TRUE(seen().needs_a_look);
  ASSERT_TRUE(world_.settle());
  EXPECT_FALSE(seen().needs_a_look);
  world_.change_lineage();
  EXPECT_TRUE(seen().needs_a_look);
}

TEST_F(coupon_scan_test, finds_a_queue_that_was_moved_and_not_trimmed) {
  world_.ask({1});
  ASSERT_TRUE(world_.settle());
  world_.gates.coupons.at(world_.coupon).meta->issued = 0;
  EXPECT_TRUE(seen().needs_a_look);
}

TEST_F(coupon_scan_test, counts_a_coupon_as_live_until_some_minutes_after_its_end) {
  end_at(world_.time.now() - 4min);
  EXPECT_FALSE(seen(work::live_scan).needs_a_look);
  EXPECT_TRUE(read(work::ended_scan).coupons.empty());
  world_.time.sleep(2min);
  EXPECT_TRUE(read(work::live_scan).coupons.empty());
  EXPECT_FALSE(seen(work::ended_scan).needs_a_look);
}

TEST_F(coupon_scan_test, wants_a_coupon_looked_after_that_is_to_be_retired) {
  end_at(world_.time.now() - 23h);
  EXPECT_FALSE(seen(work::ended_scan).needs_a_look);
  world_.time.sleep(2h);
  EXPECT_TRUE(seen(work::ended_scan).needs_a_look);
}

TEST_F(coupon_scan_test, asks_no_more_about_one_that_is_retired) {
  end_at(long_ago_);
  retire();
  EXPECT_FALSE(seen(work::ended_scan).needs_a_look);
  world_.gates.coupons.clear();
  EXPECT_TRUE(read(work::ended_scan).coupons.empty());
  retired_.forget_all();
  EXPECT_TRUE(seen(work::ended_scan).needs_a_look);
}

TEST_F(coupon_scan_test, asks_again_about_a_retired_one_that_was_opened_again) {
  end_at(long_ago_);
  retire();
  EXPECT_FALSE(seen(work::ended_scan).needs_a_look);
  end_at(world_.time.now() + 1h);
  world_.gates.coupons.clear();
  EXPECT_TRUE(seen(work::live_scan).needs_a_look);
}

TEST_F(coupon_scan_test, asks_again_about_a_retired_one_whose_gate_was_built_again) {
  end_at(long_ago_);
  retire();
  EXPECT_FALSE(seen(work::ended_scan).needs_a_look);
  coordination::recovery recovery(gate_, ledger_, world_.time);
  ASSERT_EQ(recovery.rebuild(world_.coupon).outcome, coordination::recovery_outcome::rebuilt);
  EXPECT_TRUE(seen(work::ended_scan).needs_a_look) << "it is to be retired once more";
}

TEST_F(coupon_scan_test, reads_page_after_page) {
  page_coupons = 2;
  for (int n = 0; n < 2; ++n) ASSERT_TRUE(ledger_.create(small_world::draft(1), world_.time.now()));
  const coupon_scan::page first = read(work::live_scan);
  ASSERT_EQ(first.coupons.size(), 2U);
  EXPECT_EQ(first.last, first.coupons.back().coupon);
  EXPECT_TRUE(first.coupons.back().needs_a_look) << "its gate is still to be built";
  const coupon_scan::page second = read(work::live_scan, *first.last);
  EXPECT_EQ(second.coupons.size(), 1U);
  EXPECT_EQ(second.last, std::nullopt);
}

TEST_F(coupon_scan_test, live_ones_that_need_a_look_come_before_ended_ones) {
  schedule into;
  const coupon_scan::seen ended{.coupon = coupon_id{1}, .needs_a_look = true};
  const coupon_scan::seen live{.coupon = coupon_id{2}, .needs_a_look = true};
  const coupon_scan::seen fine{.coupon = coupon_id{3}};
  const monotonic now{1h};
  ASSERT_EQ(into.next(now).what, work::live_scan);
  ASSERT_EQ(into.next(now).what, work::ended_scan);
  enter(into, work::ended_scan, {.coupons = {ended, fine}, .last = {}}, now);
  enter(into, work::live_scan, {.coupons = {live, fine}, .last = {}}, now);
  EXPECT_EQ(into.next(now).coupon, coupon_id{2});
  EXPECT_EQ(into.next(now).coupon, coupon_id{1});
  EXPECT_EQ(into.next(now).what, work::nothing);
}

}  // namespace
}  // namespace firstcome::worker
