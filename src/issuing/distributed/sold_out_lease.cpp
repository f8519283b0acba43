#include "issuing/distributed/sold_out_lease.hpp"

#include <algorithm>

#include "runtime/clock.hpp"

namespace firstcome::issuing {

void sold_out_lease::note(const lease_terms& terms, monotonic asked_at) {
  // The gate's clock in the terms is cut to whole milliseconds, and ours lags by up to a tick of the kernel (`refuses`
  // reads the coarse one): nobody may hear "sold out" when it has ended.
  const auto latest_now = terms.now + std::chrono::milliseconds(1) + runtime::coarse_tick;
  if (!terms.sold_out || terms.change_ahead || latest_now >= terms.window_end) return drop();
  if (terms.identity() != identity_) {
    drop();
    identity_ = terms.identity();
  }
  const auto until_end = std::chrono::floor<std::chrono::milliseconds>(terms.window_end - latest_now);
  const auto lease = std::min<std::chrono::milliseconds>(sold_out_lease_duration, until_end);
  lease_ends_ = std::max(lease_ends_, asked_at + lease);
  renew_at_ = asked_at + lease / 2;
}

void sold_out_lease::equip(const gate::gate_identity& which, std::shared_ptr<const admitted_filter> filter) {
  if (which == identity_) filter_ = std::move(filter);
}

}  // namespace firstcome::issuing
