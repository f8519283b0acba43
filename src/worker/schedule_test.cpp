#include "worker/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace firstcome::worker {
namespace {

using namespace std::chrono_literals;
using work = schedule::work;

constexpr coupon_id one{1};
constexpr coupon_id two{2};
const monotonic start{std::chrono::hours(1)};

/// Scans are never due.
class schedule_of_coupons : public ::testing::Test {
 protected:
  schedule_of_coupons() { s.stop_scanning(); }
  coupon_id taken(monotonic now) { return s.next(now).coupon; }
  bool nobody(monotonic now) { return s.next(now).what == work::nothing; }
  schedule s;
};

TEST_F(schedule_of_coupons, hands_out_who_was_woken_in_order_each_to_one_at_a_time) {
  s.wake(one, start);
  s.wake(two, start);
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  EXPECT_EQ(taken(start), two);
  EXPECT_TRUE(nobody(start));
}

TEST_F(schedule_of_coupons, hands_out_again_who_was_woken_while_in_hand) {
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  s.wake(one, start);
  EXPECT_TRUE(nobody(start));
  s.give_back(one, schedule::result::drained, start);
  EXPECT_EQ(taken(start), one);
  s.give_back(one, schedule::result::drained, start);
  EXPECT_TRUE(nobody(start));
  EXPECT_EQ(s.known(), 0U);
}

TEST_F(schedule_of_coupons, lets_others_go_first_when_there_is_more) {
  s.wake(one, start);
  s.wake(two, start);
  EXPECT_EQ(taken(start), one);
  s.give_back(one, schedule::result::more, start);
  EXPECT_EQ(taken(start), two);
  EXPECT_EQ(taken(start), one);
}

TEST_F(schedule_of_coupons, hands_out_the_woken_before_those_that_were_found) {
  for (std::int64_t id = 10; id < 20; ++id) s.find(coupon_id{id});
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  EXPECT_EQ(taken(start), coupon_id{10});
}

TEST_F(schedule_of_coupons, brings_a_found_one_forward_when_it_is_woken) {
  for (std::int64_t id = 10; id < 20; ++id) s.find(coupon_id{id});
  s.wake(coupon_id{19}, start);
  EXPECT_EQ(taken(start), coupon_id{19});
  for (std::int64_t id = 10; id < 19; ++id) EXPECT_EQ(taken(start), coupon_id{id});
  EXPECT_TRUE(nobody(start)) << "it waits once";
}

TEST_F(schedule_of_coupons, lets_one_of_the_others_in_after_so_many_woken) {
  s.find(coupon_id{99});
  for (std::int64_t id = 1; id <= 20; ++id) s.wake(coupon_id{id}, start);
  for (std::size_t n = 0; n < schedule::woken_in_a_row_max; ++n) EXPECT_NE(taken(start), coupon_id{99}) << n;
  EXPECT_EQ(taken(start), coupon_id{99});
  EXPECT_EQ(taken(start), coupon_id{9});
}

TEST_F(schedule_of_coupons, a_hot_coupon_yields_after_its_quantum_and_only_to_somebody) {
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  EXPECT_FALSE(s.should_yield(1000, start)) << "nobody waits";
  s.wake(two, start);
  EXPECT_FALSE(s.should_yield(schedule::quantum_batches - 1, start));
  EXPECT_TRUE(s.should_yield(schedule::quantum_batches, start));
}

TEST_F(schedule_of_coupons, a_hot_coupon_yields_to_one_that_has_rested) {
  s.wake(two, start);
  EXPECT_EQ(taken(start), two);
  s.give_back(two, schedule::result::failed, start);
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  EXPECT_FALSE(s.should_yield(schedule::quantum_batches, start));
  EXPECT_TRUE(s.should_yield(schedule::quantum_batches, start + schedule::pause_min));
}

TEST_F(schedule_of_coupons, rests_longer_after_each_failure_and_no_message_shortens_it) {
  monotonic now = start;
  std::chrono::milliseconds expected = schedule::pause_min;
  for (int i = 0; i < 12; ++i) {
    s.wake(one, now);
    ASSERT_EQ(taken(now), one) << i;
    s.give_back(one, schedule::result::failed, now);
    s.wake(one, now);
    s.find(one);
    EXPECT_TRUE(nobody(now)) << i;
    const auto rest = s.next_due().value() - now;
    EXPECT_EQ(rest, expected) << i;
    expected = std::min(expected * 2, schedule::pause_max);
    now += rest;
  }
  EXPECT_EQ(taken(now), one);
  s.give_back(one, schedule::result::drained, now);
  EXPECT_FALSE(s.next_due());
  EXPECT_EQ(s.known(), 0U);
}

TEST_F(schedule_of_coupons, looks_again_soon_at_what_is_watched_however_often_it_failed_before) {
  monotonic now = start;
  for (int i = 0; i < 12; ++i) {
    s.wake(one, now);
    ASSERT_EQ(taken(now), one);
    s.give_back(one, schedule::result::failed, now);
    now = *s.next_due();
  }
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(taken(now), one);
    s.give_back(one, schedule::result::watched, now);
    EXPECT_TRUE(nobody(now));
    EXPECT_EQ(*s.next_due() - now, schedule::watch_interval);
    now = *s.next_due();
  }
}

TEST_F(schedule_of_coupons, one_that_failed_while_somebody_waited_for_it_is_as_urgent_when_it_has_rested) {
  s.wake(one, start);
  EXPECT_EQ(taken(start), one);
  s.give_back(one, schedule::result::failed, start);
  s.find(two);
  EXPECT_EQ(taken(start + schedule::pause_max), one);
}

TEST(schedule, scans_the_live_ones_first_and_each_kind_by_one_thread_at_a_time) {
  schedule s;
  EXPECT_EQ(s.next(start).what, work::live_scan);
  EXPECT_EQ(s.next(start).what, work::ended_scan);
  EXPECT_EQ(s.next(start).what, work::nothing);
  s.scanned(work::live_scan, std::nullopt, start);
  s.scanned(work::ended_scan, std::nullopt, start);
  EXPECT_EQ(*s.next_due(), start + 1s);
  EXPECT_EQ(s.next(start + 999ms).what, work::nothing);
  EXPECT_EQ(s.next(start + 1s).what, work::live_scan);
  EXPECT_EQ(s.next(start + 1s).what, work::nothing);
  EXPECT_EQ(*s.next_due(), start + 60s) << "who has ended is looked at once a minute";
  EXPECT_EQ(s.next(start + 60s).what, work::ended_scan);
}

TEST(schedule, reads_a_page_again_that_failed_and_after_a_pause) {
  schedule s;
  ASSERT_EQ(s.next(start).what, work::live_scan);
  ASSERT_EQ(s.next(start).what, work::ended_scan);
  s.scanned(work::ended_scan, std::nullopt, start);
  s.scanned(work::live_scan, coupon_id{500}, start);
  ASSERT_EQ(s.next(start).after, coupon_id{500});
  s.scan_failed(work::live_scan, start);
  EXPECT_EQ(s.next(start).what, work::nothing);
  const monotonic later = s.next_due().value();
  const schedule::task again = s.next(later);
  EXPECT_EQ(again.what, work::live_scan);
  EXPECT_EQ(again.after, coupon_id{500});
}

TEST(schedule, a_scan_of_many_pages_lets_a_woken_coupon_in_between) {
  schedule s;
  coupon_id last{0};
  for (std::size_t n = 0; n < schedule::woken_in_a_row_max; ++n) {
    s.wake(one, start);
    for (const work which : {work::live_scan, work::coupon}) {
      const schedule::task task = s.next(start);
      ASSERT_EQ(task.what, which) << n;
      if (which == work::coupon) {
        s.give_back(task.coupon, schedule::result::drained, start);
      } else {
        EXPECT_EQ(task.after, last) << "from where the last page ended";
        s.scanned(which, last = coupon_id{raw(last) + 500}, start);
      }
    }
  }
}

TEST(schedule, has_nothing_to_scan_once_it_was_told_to_stop) {
  schedule s;
  s.stop_scanning();
  EXPECT_EQ(s.next(start).what, work::nothing);
  EXPECT_FALSE(s.next_due());
}

// Any order of events.

/// Any number of threads that take, look for a while and give back; messages, scans and failures at random.
class random_worker {
 public:
  explicit random_worker(std::uint64_t seed) : random_(seed) {}

  void step() {
    now_ += std::chrono::milliseconds(below(20));
    if (below(3) == 0) wake();
    if (below(50) == 0) schedule_.scan_soon();
    if (in_hand_.size() + scans_.size() < threads && below(2) == 0) take();
    if (below(2) == 0) end_one();
  }

  /// Everybody works and nothing new comes, until nothing is left.
  void settle() {
    schedule_.stop_scanning();
    failures_ = false;
    for (int n = 0; n < 100'000 && (schedule_.known() > 0 || !scans_.empty()); ++n) {
      take();
      end_one();
      now_ += 10ms;
    }
    EXPECT_EQ(schedule_.known(), 0U) << "something never comes to an end";
    for (const auto& [coupon, waits] : waits_) ADD_FAILURE() << raw(coupon) << " was woken and forgotten";
  }

 private:
  struct wait {
    std::size_t turns_max;
    std::size_t turns = 0;
  };
  static constexpr std::size_t threads = 3;

  std::uint64_t below(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_); }

  void wake() {
    const coupon_id coupon{static_cast<std::int64_t>(below(12) + 1)};
    schedule_.wake(coupon, now_);
    if (in_hand_.contains(coupon)) {
      woken_in_hand_.insert(coupon);
    } else {
      // A parked one is not promised a turn before its pause is over.
      waits_.try_emplace(coupon, wait{parked_.contains(coupon) ? SIZE_MAX : schedule::turns_max(12)});
    }
  }

  void take() {
    const schedule::task task = schedule_.next(now_);
    if (task.what == work::nothing) return;
    for (auto& [coupon, waits] : waits_) {
      if (parked_.contains(coupon)) continue;
      EXPECT_LE(++waits.turns, waits.turns_max) << raw(coupon) << " waits for too many turns";
    }
    if (task.what != work::coupon) {
      EXPECT_TRUE(scans_.insert({task.what, task.after}).second) << "two scan the same";
      return;
    }
    EXPECT_TRUE(in_hand_.insert(task.coupon).second) << raw(task.coupon) << " is in two hands";
    waits_.erase(task.coupon);
    parked_.erase(task.coupon);
  }

  void end_one() {
    if (!scans_.empty() && below(2) == 0) {
      const auto [which, after] = *scans_.begin();
      scans_.erase(scans_.begin());
      return end_scan(which, after);
    }
    if (in_hand_.empty()) return;
    const coupon_id coupon = *std::next(in_hand_.begin(), static_cast<std::ptrdiff_t>(below(in_hand_.size())));
    in_hand_.erase(coupon);
    const auto how = static_cast<schedule::result>(failures_ ? below(4) : 0);
    schedule_.give_back(coupon, how, now_);
    const bool rests = how == schedule::result::failed || how == schedule::result::watched;
    if (rests) parked_.insert(coupon);
    if (woken_in_hand_.erase(coupon) > 0) waits_.try_emplace(coupon, wait{rests ? SIZE_MAX : schedule::turns_max(12)});
  }

  /// Thousands of old coupons at every page.
  void end_scan(work which, coupon_id after) {
    if (below(5) == 0) return schedule_.scan_failed(which, now_);
    if (which == work::ended_scan)
      for (int n = 0; n < 300; ++n) schedule_.find(coupon_id{next_old_++});
    schedule_.scanned(which, below(3) == 0 ? std::nullopt : std::optional(coupon_id{raw(after) + 1}), now_);
  }

  std::mt19937_64 random_;
  monotonic now_ = start;
  schedule schedule_{{.interval = 100ms, .pause_after_failure = 50ms},
                     {.interval = 300ms, .pause_after_failure = 50ms}};
  std::set<coupon_id> in_hand_;
  std::set<coupon_id> woken_in_hand_;
  std::set<coupon_id> parked_;
  std::set<std::pair<work, coupon_id>> scans_;
  std::map<coupon_id, wait> waits_;
  std::int64_t next_old_ = 1000;
  bool failures_ = true;
};

TEST(schedule, forgets_nobody_hands_nobody_out_twice_and_serves_the_woken_within_its_bound) {
  for (std::uint64_t seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_worker worker(seed);
    for (int n = 0; n < 2000 && !HasFailure(); ++n) worker.step();
    worker.settle();
  }
}

}  // namespace
}  // namespace firstcome::worker
