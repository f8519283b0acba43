#pragma once

// What operators do to a coupon of the embedded shape: in the ledger first, then in the gate.
// Thread safety: whoever turns the writer (embedded_writer::run), between two batches. `ledger_broken` passes through.

#include "gate/memory/gate_table.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::issuing {

/// Errors: invalid_coupon; overloaded: surely not done.
result<coupon> apply_create(const coupon_draft& draft, timestamp now, ledger::writer& ledger, gate::gate_table& gates);

/// Errors: coupon_not_found, invalid_coupon, quantity_below_issued, overloaded. An empty change answers the coupon.
result<coupon> apply_change(coupon_id id, const coupon_change& change, timestamp now, ledger::writer& ledger,
                            gate::gate_table& gates);

/// Errors: coupon_not_found, issue_not_found, overloaded, and those of after_step.
result<issue_record> apply_step(coupon_id id, user_id user, const issue_step& step, timestamp now,
                                ledger::writer& ledger, gate::gate_table& gates);

}  // namespace firstcome::issuing
