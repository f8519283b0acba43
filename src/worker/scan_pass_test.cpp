#include "worker/scan_pass.hpp"

#include <gtest/gtest.h>

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;

const monotonic start{std::chrono::hours(1)};
constexpr coupon_id first{0};

/// A pass of so many pages at their times; when the next pass is due.
monotonic run_pass(scan_pass& pass, int pages, monotonic now) {
  for (int page = 1; page <= pages; ++page) {
    EXPECT_TRUE(pass.due(now));
    EXPECT_EQ(pass.begin(now), coupon_id{page - 1});
    EXPECT_FALSE(pass.due(now)) << "one page at a time";
    pass.end(page == pages ? std::nullopt : std::optional(coupon_id{page}), now);
    now = pass.next_due().value();
  }
  return now;
}

TEST(scan_pass, begins_once_an_interval) {
  scan_pass pass({.interval = 60s});
  EXPECT_EQ(run_pass(pass, 1, start), start + 60s);
  EXPECT_FALSE(pass.due(start + 59s));
  EXPECT_EQ(run_pass(pass, 1, start + 61s), start + 121s);
}

TEST(scan_pass, goes_page_by_page_the_first_time_and_spreads_the_pages_from_then_on) {
  scan_pass pass({.interval = 60s});
  const monotonic second = run_pass(pass, 5, start);
  EXPECT_EQ(second, start + 60s);
  ASSERT_EQ(pass.begin(second), first);
  pass.end(coupon_id{1}, second);
  EXPECT_EQ(pass.next_due(), second + 10s);
}

TEST(scan_pass, a_pass_that_takes_longer_than_its_interval_is_followed_at_once) {
  scan_pass pass({.interval = 1s});
  ASSERT_EQ(pass.begin(start), first);
  pass.end(std::nullopt, start + 5s);
  EXPECT_TRUE(pass.due(start + 5s));
}

TEST(scan_pass, reads_a_page_again_that_failed) {
  scan_pass pass({.interval = 60s, .rest_after_failure = 1s});
  pass.begin(start);
  pass.end(coupon_id{7}, start);
  EXPECT_EQ(pass.begin(start), coupon_id{7});
  pass.fail(start);
  EXPECT_EQ(pass.next_due(), start + 1s);
  EXPECT_EQ(pass.begin(start + 1s), coupon_id{7});
}

TEST(scan_pass, starts_over_at_once_also_when_a_page_is_under_way) {
  scan_pass pass({.interval = 60s});
  const monotonic second = run_pass(pass, 3, start);
  pass.start_over();
  EXPECT_TRUE(pass.due(start)) << "long before " << (second - start) / 1s;
  EXPECT_EQ(pass.begin(start), first);
  pass.end(coupon_id{5}, start);
  EXPECT_EQ(pass.begin(start), coupon_id{5});
  pass.start_over();
  pass.end(coupon_id{6}, start);
  EXPECT_EQ(pass.begin(start), first);
}

TEST(scan_pass, a_page_that_fails_after_it_was_to_start_over_begins_from_the_first) {
  scan_pass pass({.interval = 60s, .rest_after_failure = 1s});
  pass.begin(start);
  pass.end(coupon_id{5}, start);
  pass.begin(start);
  pass.start_over();
  pass.fail(start);
  EXPECT_EQ(pass.next_due(), start + 1s);
  EXPECT_EQ(pass.begin(start + 1s), first);
}

}  // namespace
}  // namespace firstcome::worker
