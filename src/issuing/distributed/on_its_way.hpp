#pragma once

// What the ledger does not have (yet) may be on its way there: the gate let the user in, and the row follows. Several
// users of one coupon cost as many round trips as one: one look into the ledger, one at the coupon, two into the gate.
//
// A gate that cannot tell is recovered meanwhile: long after an event nobody else may come by to do it.
//
// Thread safety: the stores'. What they throw passes through.

#include <span>
#include <vector>

#include "issuing/distributed/gate_recovery.hpp"
#include "issuing/distributed/stores.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::issuing {

/// Records of these users from the gate, each in its place, for who has no row: status `accepted`. Errors:
/// coupon_not_found, issue_not_found (surely not in); unavailable while the gate cannot say.
std::vector<result<issue_record>> find_in_gate(stores& use, gate_recovery& recovery, coupon_id id,
                                               std::span<const user_id> users);

/// Answers of steps that were taken, each in its place. Who was accepted, and whose row or dead letter is on its way,
/// is no `issue_not_found`, but `unavailable`: whoever asks again will find it.
std::vector<result<issue_record>> unless_on_its_way(stores& use, gate_recovery& recovery,
                                                    std::span<const ledger::step_request> steps,
                                                    std::vector<result<issue_record>> answers);

}  // namespace firstcome::issuing
