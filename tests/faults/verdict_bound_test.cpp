#include "faults/verdict_bound.hpp"

#include <gtest/gtest.h>

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

TEST(verdict_bound, lets_a_run_end_in_time) {
  const verdict_bound bound("embedded", 1h, std::cout);
  bound.now("the end");
}

}  // namespace
}  // namespace firstcome::faults
