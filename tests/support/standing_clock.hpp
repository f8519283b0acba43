#pragma once

// A clock whose date stands; only its measure of time moves, when the test says so.

#include <chrono>

#include "runtime/clock.hpp"

namespace firstcome::testing {

class standing_clock final : public runtime::clock {
 public:
  timestamp now() const override { return from_microseconds(1'800'000'000'000'000); }
  monotonic monotonic_now() const override { return monotonic{} + passed; }

  std::chrono::milliseconds passed{0};
};

}  // namespace firstcome::testing
