#pragma once

// The frame of a test of the distributed shape: nodes and stores, what the crowd heard, and at the end the judgement
// from outside and clean stops.

#include <gmock/gmock.h>

#include <cstdint>
#include <memory>
#include <random>

#include "support/distributed_shape.hpp"
#include "support/promise_audit.hpp"

namespace firstcome::testing {

class distributed_test : public ::testing::Test {
 protected:
  /// With settings of the test's own; otherwise the first use of `shape()` starts one with the defaults.
  void start_shape(distributed_options options);
  distributed_shape& shape();

  /// As create_coupon; asks again when a store is on its way up, or the disk so slow that the node gives up.
  std::int64_t create(const coupon_wish& wish = {});
  /// Waits until the coupon is drained, and puts everything that was ever heard about it before the judge.
  void expect_kept(const std::vector<issue_answer>& answers, std::int64_t coupon,
                   const auditor::assumptions& given = nobody_waits_in_vain());
  void TearDown() override;

 private:
  std::unique_ptr<distributed_shape> shape_;
};

/// FIRSTCOME_TEST_SEED repeats a run; it is printed.
std::uint32_t chosen_seed();

}  // namespace firstcome::testing
