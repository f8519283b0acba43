#include "worker/scan_pass.hpp"

#include <gtest/gtest.h>

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;

const monotonic first_pass{std::chrono::hours(1)};
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
  EXPECT_EQ(run_pass(pass, 1, first_pass), first_pass + 60s);
  EXPECT_FALSE(pass.due(first_pass + 59s));
  EXPECT_EQ(run_pass(pass, 1, first_pass + 61s), first_pass + 121s);
}

TEST(scan_pass, goes_page_by_page_the_first_time_and_spreads_the_pages_from_then_on) {
  scan_pass pass({.interval = 60s});
  const monotonic second = run_pass(pass, 5, first_pass);
  EXPECT_EQ(second, first_pass + 60s);
  ASSERT_EQ(pass.begin(second), first);
  pass.end(coupon_id{1}, second);
  EXPECT_EQ(pass.next_due(), second + 10s);
}

TEST(scan_pass, a_pass_that_takes_longer_than_its_interval_is_followed_at_once) {
  scan_pass pass({.interval = 1s});
  ASSERT_EQ(pass.begin(first_pass), first);
  pass.end(std::nullopt, first_pass + 5s);
  EXPECT_TRUE(pass.due(first_pass + 5s));
}

TEST(scan_pass, reads_a_page_again_that_failed) {
  scan_pass pass({.interval = 60s, .pause_after_failure = 1s});
  pass.begin(first_pass);
  pass.end(coupon_id{7}, first_pass);
  EXPECT_EQ(pass.begin(first_pass), coupon_id{7});
  pass.fail(first_pass);
  EXPECT_EQ(pass.next_due(), first_pass + 1s);
  EXPECT_EQ(pass.begin(first_pass + 1s), coupon_id{7});
}

TEST(scan_pass, starts_over_at_once_also_when_a_page_is_under_way) {
  scan_pass pass({.interval = 60s});
  const monotonic second = run_pass(pass, 3, first_pass);
  pass.start_over();
  EXPECT_TRUE(pass.due(first_pass)) << "long before " << (second - first_pass) / 1s;
  EXPECT_EQ(pass.begin(first_pass), first);
  pass.end(coupon_id{5}, first_pass);
  EXPECT_EQ(pass.begin(first_pass), coupon_id{5});
  pass.start_over();
  pass.end(coupon_id{6}, first_pass);
  EXPECT_EQ(pass.begin(first_pass), first);
}

TEST(scan_pass, a_page_that_fails_after_it_was_to_start_over_begins_from_the_first) {
  scan_pass pass({.interval = 60s, .pause_after_failure = 1s});
  pass.begin(first_pass);
  pass.end(coupon_id{5}, first_pass);
  pass.begin(first_pass);
  pass.start_over();
  pass.fail(first_pass);
  EXPECT_EQ(pass.next_due(), first_pass + 1s);
  EXPECT_EQ(pass.begin(first_pass + 1s), first);
}

}  // namespace
}  // namespace firstcome::worker
