#pragma once

// Simulated time, and what happens in it: one thing after the other, in the order of time, and things of one instant in
// an order of chance. Thread safety: one thread.

#include <chrono>
#include <functional>
#include <vector>

#include "sim/engine/random.hpp"

namespace firstcome::sim {

using std::chrono::microseconds;
using namespace std::chrono_literals;

/// Since the beginning of the history.
using instant = microseconds;

/// As the judge counts.
inline std::int64_t nanoseconds(microseconds duration) {
  return std::chrono::nanoseconds(duration).count();
}

class timeline {
 public:
  explicit timeline(random_source random) : random_(random) {}

  instant now() const { return now_; }
  /// Never before now.
  void at(instant when, std::function<void()> what);
  void after(microseconds delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }

  /// The next thing happens. False: there is none. Throws std::runtime_error when a history has had so much that it
  /// must be turning in circles.
  bool advance();
  /// All that happens until then.
  void advance_to(instant when);
  std::uint64_t happened() const { return happened_; }

 private:
  struct event {
    instant when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const event& other) const {
      return when != other.when ? when > other.when : order > other.order;  // the earliest is the greatest
    }
  };

  random_source random_;
  instant now_{};
  std::uint64_t happened_ = 0;
  std::vector<event> events_;  // a heap
};

}  // namespace firstcome::sim
