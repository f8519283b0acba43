#include "issuing/wait_estimator.hpp"

#include <gtest/gtest.h>

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;

constexpr monotonic start{1h};
constexpr std::size_t batch_max = 100;

constexpr runtime::deadline until(monotonic last) {
  return runtime::deadline(last);
}

/// A queue whose last batches took `each`.
wait_estimator estimator_of(std::chrono::milliseconds each) {
  wait_estimator estimator(batch_max);
  for (int n = 0; n < 40; ++n) {
    estimator.batch_begins(start);
    estimator.batch_ends(start + each);
  }
  return estimator;
}

TEST(wait_estimator, takes_everybody_in_while_nothing_is_known) {
  EXPECT_TRUE(wait_estimator(batch_max).worth_waiting(1'000'000, start, until(start + 1s)));
}

TEST(wait_estimator, takes_in_who_would_stand_for_a_tenth_of_the_time_that_is_left) {
  const wait_estimator estimator = estimator_of(50ms);
  EXPECT_TRUE(estimator.worth_waiting(10 * batch_max, start, until(start + 5s)));
  EXPECT_TRUE(estimator.worth_waiting(11 * batch_max - 1, start, until(start + 5s)));
  EXPECT_FALSE(estimator.worth_waiting(11 * batch_max, start, until(start + 5s)));
  EXPECT_FALSE(estimator.worth_waiting(10 * batch_max, start, until(start + 4s)));
}

TEST(wait_estimator, lets_the_next_batch_fill_however_slow_they_are) {
  const wait_estimator estimator = estimator_of(2s);
  EXPECT_TRUE(estimator.worth_waiting(batch_max - 1, start, until(start + 5s)));
  EXPECT_FALSE(estimator.worth_waiting(batch_max, start, until(start + 5s)));
}

TEST(wait_estimator, turns_away_who_could_not_be_answered_in_time) {
  wait_estimator estimator = estimator_of(2s);
  estimator.batch_begins(start);
  EXPECT_TRUE(estimator.worth_waiting(0, start, until(start + 4100ms)));
  EXPECT_FALSE(estimator.worth_waiting(0, start, until(start + 3900ms))) << "one batch under way, and then its own";
  EXPECT_TRUE(estimator.worth_waiting(0, start + 1900ms, until(start + 5s))) << "the one under way is nearly done";
}

TEST(wait_estimator, expects_of_a_batch_that_is_overdue_that_it_takes_as_long_again) {
  wait_estimator estimator = estimator_of(1ms);
  estimator.batch_begins(start);
  EXPECT_TRUE(estimator.worth_waiting(1, start + 2s, until(start + 5s)));
  EXPECT_FALSE(estimator.worth_waiting(1, start + 3s, until(start + 5s)));
}

TEST(wait_estimator, forgets_a_bad_moment_when_it_was_quiet_since) {
  const wait_estimator estimator = estimator_of(1s);
  const monotonic next_morning = start + 1s + wait_estimator::remembered_for + 1ms;
  EXPECT_FALSE(estimator.worth_waiting(batch_max, start + 2s, until(start + 7s)));
  EXPECT_TRUE(estimator.worth_waiting(100 * batch_max, next_morning, until(next_morning + 5s)));
}

TEST(wait_estimator, always_takes_in_who_finds_nobody_so_that_a_bad_day_ends) {
  wait_estimator estimator = estimator_of(20s);
  EXPECT_TRUE(estimator.worth_waiting(0, start, until(start + 1s)));
  for (int n = 0; n < 40; ++n) {
    estimator.batch_begins(start);
    EXPECT_TRUE(estimator.worth_waiting(0, start, until(start + 50s)));
    estimator.batch_ends(start + 1ms);
  }
  EXPECT_TRUE(estimator.worth_waiting(10 * batch_max, start, until(start + 1s)));
}

TEST(wait_estimator, learns_nothing_from_a_batch_that_came_back_undone) {
  wait_estimator estimator = estimator_of(1ms);
  estimator.batch_begins(start);
  estimator.batch_comes_back();
  EXPECT_TRUE(estimator.worth_waiting(100 * batch_max, start + 1min, until(start + 61s)));
}

}  // namespace
}  // namespace firstcome::issuing
