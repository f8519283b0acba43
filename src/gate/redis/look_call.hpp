#pragma once

// The call of scripts/lease.lua: what a node asks the gate besides letting users in. Pure.
//
// The lease is a node's right to say "sold out". It is renewed with this, a few times a second, and never after a
// change was announced (`change_ahead`).

#include "gate/redis/admit_call.hpp"

namespace firstcome::gate {

struct look_outcome {
  gate_answer what = gate_answer::not_understood;
  epoch_number open_epoch = 0;  // when closed, as in admit_outcome
  lease_terms terms;            // when decided
};

// Its keys are meta and users (keys.hpp); its argument is the epoch.

look_outcome decode_look(redis::reply_view reply, epoch_number epoch);

}  // namespace firstcome::gate
