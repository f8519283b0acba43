#include "worker/schedule.hpp"

#include <gtest/gtest.h>

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;

constexpr coupon_id one{1};
constexpr coupon_id two{2};
const monotonic start{std::chrono::hours(1)};

coupon_id taken(schedule& s, monotonic now) {
  return s.take(now).value_or(coupon_id{0});
}

TEST(schedule, hands_out_who_was_woken_in_order_each_to_one_at_a_time) {
  schedule s;
  s.wake(one, start);
  s.wake(two, start);
  s.wake(one, start);
  EXPECT_EQ(taken(s, start), one);
  EXPECT_EQ(taken(s, start), two);
  EXPECT_FALSE(s.take(start));
}

TEST(schedule, hands_out_again_who_was_woken_while_in_hand) {
  schedule s;
  s.wake(one, start);
  EXPECT_EQ(taken(s, start), one);
  s.wake(one, start);
  EXPECT_FALSE(s.take(start));
  s.give_back(one, schedule::result::drained, start);
  EXPECT_EQ(taken(s, start), one);
  s.give_back(one, schedule::result::drained, start);
  EXPECT_FALSE(s.take(start));
}

TEST(schedule, lets_others_go_first_when_there_is_more) {
  schedule s;
  s.wake(one, start);
  s.wake(two, start);
  EXPECT_EQ(taken(s, start), one);
  s.give_back(one, schedule::result::more, start);
  EXPECT_EQ(taken(s, start), two);
  EXPECT_EQ(taken(s, start), one);
}

TEST(schedule, rests_longer_after_each_failure_and_no_message_shortens_it) {
  schedule s;
  monotonic now = start;
  std::chrono::nanoseconds before{};
  for (int i = 0; i < 12; ++i) {
    s.wake(one, now);
    ASSERT_EQ(taken(s, now), one) << i;
    s.give_back(one, schedule::result::failed, now);
    s.wake(one, now);
    EXPECT_FALSE(s.take(now)) << i;
    const auto rest = s.next_due().value() - now;
    EXPECT_GE(rest, before);
    EXPECT_LE(rest, schedule::rest_max);
    before = rest;
    now += rest;
  }
  EXPECT_EQ(taken(s, now), one);
  s.give_back(one, schedule::result::drained, now);
  EXPECT_FALSE(s.next_due());
}

TEST(schedule, looks_again_soon_at_what_is_watched_however_often_it_failed_before) {
  schedule s;
  monotonic now = start;
  for (int i = 0; i < 12; ++i) {
    s.wake(one, now);
    ASSERT_EQ(taken(s, now), one);
    s.give_back(one, schedule::result::failed, now);
    now = *s.next_due();
  }
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(taken(s, now), one);
    s.give_back(one, schedule::result::watched, now);
    EXPECT_FALSE(s.take(now));
    EXPECT_EQ(*s.next_due() - now, schedule::watch_interval);
    now = *s.next_due();
  }
}

}  // namespace
}  // namespace firstcome::worker
