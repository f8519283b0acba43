#pragma once

// What a process saw of the gates that let nobody in, and since when each has looked the same at every look. What may
// only be done some time after a gate was last seen to let somebody in, or to move, is done by whoever comes back when
// that time is over: nobody has to stand and wait for it.
//
// An entry for each coupon whose gate is not fit, no more. Thread safety: all functions, any thread.

#include <mutex>
#include <optional>
#include <unordered_map>

#include "domain/time.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::coordination {

class gate_observer {
 public:
  /// A gate that admits nobody does not change by itself, so a difference between two snapshots shows that somebody
  /// works on it. The cursor shows rebuilds and confirmations that began and ended between two looks.
  struct snapshot {
    std::optional<gate::gate_status> gate;
    ledger::queue_cursor cursor;
    friend bool operator==(const snapshot&, const snapshot&) = default;
  };

  /// Since when it has looked like this: `now`, when it is new, or looked otherwise the last time.
  monotonic since(coupon_id coupon, snapshot seen, monotonic now) {
    const std::lock_guard locked(lock_);
    auto [entry, is_new] = looks_.try_emplace(coupon, look{seen, now});
    if (!is_new && entry->second.seen != seen) entry->second = {std::move(seen), now};
    return entry->second.at;
  }

  /// It is fit, or has just been made so.
  void forget(coupon_id coupon) {
    const std::lock_guard locked(lock_);
    looks_.erase(coupon);
  }

 private:
  struct look {
    snapshot seen;
    monotonic at;
  };
  std::mutex lock_;
  std::unordered_map<coupon_id, look> looks_;
};

}  // namespace firstcome::coordination
