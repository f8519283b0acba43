#pragma once

// How long to wait before the next attempt to connect: doubled from attempt to attempt, and drawn at random from the
// upper half, so that nodes which lost the same Redis do not come back at the same instant. Thread safety: one thread.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace firstcome::redis {

class backoff {
 public:
  static constexpr std::chrono::milliseconds shortest{20};
  static constexpr std::chrono::milliseconds longest{1000};

  explicit backoff(std::uint32_t seed = std::random_device{}()) : random_(seed) {}

  std::chrono::milliseconds next() {
    const auto upper = limit_;
    limit_ = std::min(2 * limit_, longest);
    return std::chrono::milliseconds(std::uniform_int_distribution<>(upper.count() / 2, upper.count())(random_));
  }
  void succeeded() { limit_ = shortest; }

 private:
  std::chrono::milliseconds limit_ = shortest;
  std::minstd_rand random_;
};

}  // namespace firstcome::redis
