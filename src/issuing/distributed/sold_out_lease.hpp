#pragma once

// A node's right to say "sold out" without asking the gate: a lease on the monotonic clock. It is granted by a look
// at a sold-out gate, counted from when the gate was *asked*, and never outlives the issue window (past it the answer
// would be "ended"). An operator's raise is announced, and takes effect a lease later: by then nobody holds one. So it
// is after a fail-over.
//
// The filter of the admitted belongs to it: who is perhaps in is sent to the gate, so that a winner always hears yes.
// Without a filter nothing is said. Pure; thread safety: one event loop's own.

#include <chrono>
#include <memory>
#include <optional>

#include "domain/sold_out_view.hpp"
#include "issuing/distributed/admitted_filter.hpp"
#include "issuing/distributed/gate_client.hpp"

namespace firstcome::issuing {

/// How long after it was asked a look may be relied on. Whatever lets somebody in who could not get in before waits
/// at least as long: an operator's raise, and a gate that may have forgotten who was in (coordination/recovery.hpp).
/// Renewing it costs each loop a few calls a second.
inline constexpr std::chrono::milliseconds sold_out_lease_duration{300};
/// How much longer the raise waits: clocks of different machines do not run equally fast.
inline constexpr std::chrono::milliseconds sold_out_lease_margin{50};

class sold_out_lease {
 public:
  /// A gate that was asked at `asked_at` answered this.
  void note(const lease_terms& terms, monotonic asked_at);
  /// The filter for the gate as it is named; ignored when it is another one by now.
  void equip(const gate::gate_identity& which, std::shared_ptr<const admitted_filter> filter);
  void drop() { *this = {}; }

  sold_out_view view_of(user_id user, monotonic now) const {
    if (!filter_ || now >= lease_ends_) return sold_out_view::no;
    return filter_->perhaps_has(user) ? sold_out_view::perhaps_in : sold_out_view::surely_not_in;
  }
  /// True: the user is surely refused as sold out.
  bool refuses(user_id user, monotonic now) const { return view_of(user, now) == sold_out_view::surely_not_in; }

  /// The gate is sold out as far as is known, and a filter is worth having.
  bool wants_filter(monotonic now) const { return !filter_ && now < lease_ends_; }
  bool holds(monotonic now) const { return now < lease_ends_; }
  /// A good part of the lease is gone: time to look again. (Once it has run out, the next batch tells.)
  bool wants_renewal(monotonic now) const { return filter_ && now >= renew_at_ && now < lease_ends_; }
  const gate::gate_identity& identity() const { return identity_; }

 private:
  gate::gate_identity identity_;
  monotonic lease_ends_{};
  monotonic renew_at_{};
  std::shared_ptr<const admitted_filter> filter_;
};

}  // namespace firstcome::issuing
