#include "issuing/cut_off.hpp"

#include <algorithm>

namespace firstcome::issuing {

void cut_off::note(const gate_glance& glance, monotonic asked_at) {
  if (!glance.sold_out || glance.change_ahead || glance.now >= glance.window_end) return drop();
  if (glance.epoch != epoch_ || glance.config_version != config_version_) {
    drop();
    epoch_ = glance.epoch;
    config_version_ = glance.config_version;
  }
  const auto until_end = std::chrono::floor<std::chrono::milliseconds>(glance.window_end - glance.now);
  const auto lease = std::min<std::chrono::milliseconds>(cut_off_lease, until_end);
  lease_ends_ = std::max(lease_ends_, asked_at + lease);
  renew_at_ = asked_at + lease / 2;
}

void cut_off::equip(epoch_number epoch, std::int64_t config_version, std::shared_ptr<const admitted_filter> filter) {
  if (epoch == epoch_ && config_version == config_version_) filter_ = std::move(filter);
}

}  // namespace firstcome::issuing
