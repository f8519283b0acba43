#pragma once

// Waiting for something that another process does: asked again and again, up to a deadline.

#include <chrono>
#include <thread>

namespace firstcome::testing {

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

}  // namespace firstcome::testing
