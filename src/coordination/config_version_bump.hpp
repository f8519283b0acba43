#pragma once

// Two configurations never share a number, and none is lost: what the ledger's row must become before anything that
// depends on the total is done under its lock. Pure; docs/adr/0004 says why.

#include "domain/coupon.hpp"
#include "gate/shared_gate.hpp"

namespace firstcome::coordination {

/// `row` as it must stand in the ledger, given the gate's status:
/// a gate with a higher version knows what the ledger knew before it went back, so the ledger takes its configuration
/// over; a lowering that died under the ledger's own version is numbered past; otherwise `row` as it is.
/// `admitted`: the last place that the ledger holds, which no total may exclude.
coupon with_version_bumped(coupon row, const gate::gate_status& gate, sequence_number admitted, timestamp now);

}  // namespace firstcome::coordination
