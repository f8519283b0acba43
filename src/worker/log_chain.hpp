#pragma once

// Whether what was read from a log continues what the ledger holds. Pure.

#include <span>

#include "queue/log_entry.hpp"

namespace firstcome::worker {

/// The entries, in order, fill the places from `after` + 1 on without a gap and without overlap. An entry that cannot
/// be decoded may stand anywhere but must leave room for at least one place before the next that can.
bool chains(std::span<const queue::log_entry> entries, sequence_number after);

}  // namespace firstcome::worker
