#pragma once

// Those of the planted bugs that sit in the gate's script.

#include "issuing/distributed/epoch_cache.hpp"
#include "sim/history/planted.hpp"
#include "support/simulated_gate.hpp"

namespace firstcome::sim {

/// simulated_gate::admit, with this bug.
gate::admit_outcome admit_with(planted bug, testing::simulated_redis& redis, testing::simulated_gate& gate,
                               const issuing::epoch_cache::question& to, std::int64_t backlog_max,
                               std::span<const user_id> users, gate::admit_decisions& decisions);

}  // namespace firstcome::sim
