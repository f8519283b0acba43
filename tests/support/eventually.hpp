#pragma once

// Waiting for something that another process does: asked again and again, up to a deadline.

#include <chrono>
#include <thread>
#include <utility>

namespace firstcome::testing {

/// How long a test waits where the time is not what it tests: long, since machines are busy and sanitizers slow, and
/// only a test that fails waits to the end; short of ctest's own time-out, so that the test still says what it missed.
inline constexpr std::chrono::milliseconds patience{120'000};

/// True as soon as `holds()` is; false when it was not within `within`.
template <class Predicate>
bool eventually(std::chrono::milliseconds within, Predicate holds) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

template <class Predicate>
bool eventually(Predicate holds) {
  return eventually(patience, std::move(holds));
}

}  // namespace firstcome::testing
