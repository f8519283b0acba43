#pragma once

// Which of the ten promises a crowd put to the test. One that nothing could have broken is said to be "not tried", and
// not to have held.

#include <cstdint>
#include <string>
#include <vector>

#include "auditor/auditor.hpp"
#include "burst/crowd.hpp"

namespace firstcome::burst {

struct trial {
  tally heard;
  std::uint64_t users = 0;           // distinct ones that asked
  int repeat = 1;                    // how often each asked at once
  bool more_users_than_left = true;  // of the coupon, when the crowd came; false for an unlimited one
};

/// Whether something happened that could have broken the promise, a number from 1 to 10.
bool was_tried(int promise, const trial& of);

/// One line for each promise, and below it what broke it.
std::string verdict(const std::vector<auditor::broken_promise>& broken, const trial& of);

}  // namespace firstcome::burst
