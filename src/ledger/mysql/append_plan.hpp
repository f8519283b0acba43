#pragma once

// What is left to do of a batch when some of it may be in the ledger already. Pure.
//
// A record that is there as it is wanted (same coupon, sequence and user) is fine: that admission was moved before. One
// that has the user or the sequence but not both is an alarm. A dead letter is such a record too: it keeps its place.

#include <optional>
#include <span>
#include <vector>

#include "ledger/shared_ledger.hpp"

namespace firstcome::ledger {

/// An issue or an open dead letter of the coupon.
struct taken_place {
  sequence_number sequence = 0;
  std::optional<user_id> user;  // unknown for some dead letters
};

struct append_plan {
  std::vector<new_issue> rows;
  std::vector<dead_letter> dead;
};

/// Nothing: a conflict.
std::optional<append_plan> plan_append(std::span<const new_issue> rows, std::span<const dead_letter> dead,
                                       std::span<const taken_place> taken);

/// Whether the batch's rows and dead letters are of `coupon` and fill the places between its two cursors, each once.
bool is_dense(coupon_id coupon, const append_batch& batch);

/// The highest place in the batch; 0 for an empty one.
sequence_number last_sequence_of(std::span<const new_issue> rows, std::span<const dead_letter> dead);

}  // namespace firstcome::ledger
