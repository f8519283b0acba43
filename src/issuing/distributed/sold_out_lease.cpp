#include "issuing/distributed/sold_out_lease.hpp"

#include <algorithm>

#include "runtime/clock.hpp"

namespace firstcome::issuing {

void sold_out_lease::note(const gate_glance& glance, monotonic asked_at) {
  // The glance's clock is cut to whole milliseconds, and ours lags by up to a tick of the kernel (`refuses` reads the
  // coarse one): nobody may hear "sold out" when it has ended.
  const auto latest_now = glance.now + std::chrono::milliseconds(1) + runtime::coarse_tick;
  if (!glance.sold_out || glance.change_ahead || latest_now >= glance.window_end) return drop();
  if (glance.identity() != identity_) {
    drop();
    identity_ = glance.identity();
  }
  const auto until_end = std::chrono::floor<std::chrono::milliseconds>(glance.window_end - latest_now);
  const auto lease = std::min<std::chrono::milliseconds>(sold_out_lease_duration, until_end);
  lease_ends_ = std::max(lease_ends_, asked_at + lease);
  renew_at_ = asked_at + lease / 2;
}

void sold_out_lease::equip(const gate::gate_identity& which, std::shared_ptr<const admitted_filter> filter) {
  if (which == identity_) filter_ = std::move(filter);
}

}  // namespace firstcome::issuing
