#include "coordination/config_version_bump.hpp"

#include <algorithm>

#include "coordination/sleeping_clock.hpp"

namespace firstcome::coordination {

coupon with_version_bumped(coupon row, const gate::gate_status& gate, sequence_number admitted, timestamp now) {
  const gate::gate_config& config = gate.config;
  if (config.config_version > row.config_version) {
    row.total_quantity = config.operators_total();
    if (row.total_quantity) row.total_quantity = std::max({1, *row.total_quantity, admitted - row.returned_quantity});
    row.window = config.window;
    row.paused = config.paused;
  } else if (config.config_version < row.config_version || !gate.lowering) {
    return row;
  }
  row.config_version = next_number(config.config_version, now);
  return row;
}

}  // namespace firstcome::coordination
