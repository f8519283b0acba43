#include "gate/shared_gate.hpp"

namespace firstcome::gate {

namespace {

timestamp rounded_up(timestamp t) {
  return std::chrono::ceil<std::chrono::milliseconds>(t);
}

}  // namespace

// An admission is dated in whole milliseconds. Both ends are rounded up, so that its date lies in the ledger's window
// exactly when the gate says so.
gate_config config_of(const coupon& c) {
  return {.config_version = c.config_version,
          .total_quantity = c.sequence_limit(),
          .window = {rounded_up(c.window.start), rounded_up(c.window.end)},
          .paused = c.paused};
}

}  // namespace firstcome::gate
