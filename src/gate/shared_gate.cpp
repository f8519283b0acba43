#include "gate/shared_gate.hpp"

#include <algorithm>

namespace firstcome::gate {

namespace {

timestamp rounded_up(timestamp t) {
  return std::chrono::ceil<std::chrono::milliseconds>(t);
}

}  // namespace

std::vector<std::optional<gate_status>> shared_gate::statuses(std::span<const gate_name> of) {
  std::vector<std::optional<gate_status>> all;
  for (const gate_name& one : of) {
    std::optional<gate_status> found = status(one.coupon);
    all.push_back(found && found->epoch == one.epoch ? std::move(found) : std::nullopt);
  }
  return all;
}

std::vector<std::optional<gate_count>> shared_gate::counts(std::span<const gate_name> of) {
  std::vector<std::optional<gate_count>> all;
  for (const std::optional<gate_status>& one : statuses(of)) {
    std::optional<gate_count>& count = all.emplace_back();
    if (one && one->retired)
      count = gate_count{.retired = true};
    else if (one && one->confirmed())
      count = gate_count{.size = one->size};
  }
  return all;
}

std::vector<std::optional<admitted>> shared_gate::find_each(coupon_id coupon, epoch_number epoch,
                                                            std::span<const user_id> users) {
  std::vector<std::optional<admitted>> all;
  for (const user_id user : users) all.push_back(find(coupon, epoch, user));
  return all;
}

// An admission is dated in whole milliseconds. Both ends are rounded up, so that its date lies in the ledger's window
// exactly when the gate says so.
gate_config config_of(const coupon& c) {
  return {.config_version = c.config_version,
          .total_quantity = c.sequence_limit(),
          .window = {rounded_up(c.window.start), rounded_up(c.window.end)},
          .paused = c.paused,
          .restocked = c.returned_quantity};
}

std::optional<std::int32_t> gate_config::operators_total() const {
  if (!total_quantity) return std::nullopt;
  return std::max(0, *total_quantity - restocked);
}

}  // namespace firstcome::gate
