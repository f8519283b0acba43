#pragma once

// What operators do to a coupon of the embedded shape: in the ledger first, then in the gate.
// Thread safety: whoever runs the writer (embedded_writer::run_once), between two batches. `ledger_broken` passes
// through.

#include "gate/memory/gate_table.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::issuing {

/// With a key that came before: the coupon that was made with it. Errors: invalid_coupon, idempotency_key_reused;
/// overloaded: surely not done.
result<coupon> apply_create(const coupon_draft& draft, timestamp now, ledger::writer& ledger, gate::gate_table& gates,
                            const actor& by = {}, const std::optional<idempotency_key>& key = {});

/// Errors: coupon_not_found, invalid_coupon, quantity_below_issued, overloaded. What is so already is no
/// change, and answers the coupon.
result<coupon> apply_change(coupon_id id, const coupon_change& change, timestamp now, ledger::writer& ledger,
                            gate::gate_table& gates, const actor& by = {});

/// Each in its place. Errors: coupon_not_found, issue_not_found, overloaded, and those of after_step.
std::vector<result<issue_record>> apply_steps(std::span<const ledger::step_request> requests, ledger::writer& ledger,
                                              gate::gate_table& gates);

}  // namespace firstcome::issuing
