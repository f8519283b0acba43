#pragma once

// Which coupon a worker's threads look at next: those that a message woke first, in order, then whatever the net says.
// A coupon is in the hands of one thread at a time; who is woken meanwhile is looked at again. After a failure it
// rests, longer each time. Pure; thread safety: none.

#include <chrono>
#include <deque>
#include <optional>
#include <unordered_map>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace firstcome::worker {

class schedule {
 public:
  static constexpr std::chrono::milliseconds rest_min{50};
  static constexpr std::chrono::milliseconds rest_max{5000};
  static constexpr std::chrono::milliseconds watch_interval{100};

  /// Something may be waiting for the ledger. Does not shorten a rest.
  void wake(coupon_id coupon, monotonic now);

  /// Nothing: nobody is due.
  std::optional<coupon_id> take(monotonic now);

  enum class result {
    drained,  // nothing is left
    more,     // there may be more
    failed,   // to be looked at again after a rest
    watched,  // nothing failed, and nothing can be done yet: to be looked at again soon
  };
  void give_back(coupon_id coupon, result how, monotonic now);

  /// When somebody who rests is due; nothing: nobody rests.
  std::optional<monotonic> next_due() const;
  std::size_t waiting() const { return due_.size(); }

 private:
  struct state {
    bool queued = false;
    bool taken = false;
    bool woken_meanwhile = false;
    int failures = 0;
    monotonic rests_until{};
    bool resting = false;
  };
  void queue(coupon_id coupon, state& s);
  void end_rests(monotonic now);

  std::deque<coupon_id> due_;
  std::unordered_map<coupon_id, state> known_;  // those that are queued, taken, resting, or failed last
};

}  // namespace firstcome::worker
