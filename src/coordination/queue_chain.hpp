#pragma once

// Do the entries of a queue continue what the ledger holds, each where the one before ended, up to the gate's size?
// Only a queue that does may be moved; any other one means that gate and ledger are not of one history. Pure.

#include <optional>
#include <string>
#include <vector>

#include "gate/shared_gate.hpp"

namespace firstcome::coordination {

/// A stretch of the queue and the places that it fills: one entry, or neighbours that cannot be decoded. The places of
/// those follow from where their neighbours end and begin.
struct queue_stretch {
  queue::queue_position upto;  // of its last entry
  sequence_number first = 0;   // first … last; none when last < first
  sequence_number last = 0;
  const queue::admissions* what;  // null: cannot be decoded; lives as long as the view
  std::string why_not;
};

struct queue_chain {
  std::vector<queue_stretch> stretches;
  std::optional<std::string> broken;  // why; the stretches are void then
};

/// `whole`: the view reaches to the end of the queue. Otherwise an end that cannot be decoded is left for the next
/// view.
queue_chain chain_after(sequence_number last_sequence, const gate::queue_view& view, bool whole);

}  // namespace firstcome::coordination
