#include "faults/verdict_bound.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>
#include <thread>

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;

TEST(verdict_bound, ends_a_run_that_hangs_and_names_its_step) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    const verdict_bound bound("distributed", 10ms, std::cout);
    bound.now("the drain of coupon 3");
    for (;;) std::this_thread::sleep_for(1s);
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(1), "distributed: no verdict within 0 s: .* the drain of coupon 3");
}

TEST(verdict_bound, lets_a_run_end_in_time_and_the_process_live_on) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto end_in_time = [] {
    { const verdict_bound bound("embedded", 1h, std::cout); }
    const auto within = 2s;
    const auto ends_at = std::chrono::steady_clock::now() + within;
    {
      const verdict_bound bound("embedded", within, std::cout);
      bound.now("the end");
    }
    std::this_thread::sleep_until(ends_at + 100ms);
    _exit(42);
  };
  EXPECT_EXIT(end_in_time(), ::testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace firstcome::faults
