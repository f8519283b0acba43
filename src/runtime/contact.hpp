#pragma once

// Whether a store answered whoever asked it last: told by all connections of a node, read by whoever is to name the
// store that is away. A failure is believed for some seconds only: afterwards nobody may have asked. Thread safe.

#include <atomic>
#include <chrono>

namespace firstcome::runtime {

class contact {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds believed_for{10};

  void answered() {
    if (failed_at_.load(std::memory_order_relaxed) != never) failed_at_ = never;  // else many threads would write it
  }
  void failed(clock::time_point now = clock::now()) { failed_at_ = now; }
  /// As long as nothing has failed, the clock is not read: refusals ask, many times a second.
  bool lost() const { return failed_at_.load(std::memory_order_relaxed) != never && lost(clock::now()); }
  bool lost(clock::time_point now) const {
    const clock::time_point failed_at = failed_at_.load(std::memory_order_relaxed);
    return failed_at != never && now - failed_at < believed_for;
  }

 private:
  static constexpr clock::time_point never = clock::time_point::min();
  std::atomic<clock::time_point> failed_at_{never};
};

}  // namespace firstcome::runtime
