#pragma once

// A clock that only the test moves.

#include "runtime/clock.hpp"

namespace firstcome::testing {

class hand_clock final : public runtime::clock {
 public:
  timestamp now() const override { return date; }
  monotonic monotonic_now() const override { return time; }

  void advance(std::chrono::milliseconds by) {
    date += by;
    time += by;
  }

  timestamp date = from_microseconds(1'800'000'000'000'000);
  monotonic time{std::chrono::hours(1)};
};

}  // namespace firstcome::testing
