#pragma once

// The calls of scripts/lease.lua and scripts/find.lua: what a node asks the gate besides letting users in. Pure.
//
// The lease is for the cut-off of a sold-out coupon. It is renewed with this, a few times a second, and never after a
// change was announced (`change_ahead`).

#include <optional>

#include "gate/redis/admit_call.hpp"
#include "gate/redis/record_text.hpp"

namespace firstcome::gate {

struct look_outcome {
  gate_answer what = gate_answer::not_understood;
  epoch_number open_epoch = 0;  // when closed, as in admit_outcome
  gate_glance glance;           // when decided
};

struct find_outcome {
  gate_answer what = gate_answer::not_understood;
  epoch_number open_epoch = 0;             // when closed, as in admit_outcome
  std::optional<admission_record> record;  // when decided; nothing: not admitted in this epoch
};

// Their keys are meta and users (keys.hpp); the arguments are the epoch, and the epoch and the user.

look_outcome decode_look(redis::reply_view reply, epoch_number epoch);
find_outcome decode_find(redis::reply_view reply);

}  // namespace firstcome::gate
