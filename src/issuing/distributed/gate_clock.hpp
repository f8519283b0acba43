#pragma once

// The gate's clock as a node knows it: Redis' time, noted with each answer. Windows begin and end by it and by nothing
// else, so that nodes whose clocks are an hour apart say the same.
// Thread safety: any thread.

#include <atomic>

#include "runtime/clock.hpp"

namespace firstcome::issuing {

class gate_clock final : public runtime::clock {
 public:
  /// Until the first note, the machine's clock is the best guess.
  explicit gate_clock(const runtime::clock& machine) : machine_(machine) {}

  /// The gate said that it was `gate_now` just now.
  void note(timestamp gate_now) { ahead_us_.store((gate_now - machine_.now()).count(), std::memory_order_relaxed); }

  timestamp now() const override {
    return machine_.now() + std::chrono::microseconds(ahead_us_.load(std::memory_order_relaxed));
  }
  monotonic monotonic_now() const override { return machine_.monotonic_now(); }
  monotonic coarse_monotonic_now() const override { return machine_.coarse_monotonic_now(); }

 private:
  const runtime::clock& machine_;
  std::atomic<std::int64_t> ahead_us_{0};
};

}  // namespace firstcome::issuing
