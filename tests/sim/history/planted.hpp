#pragma once

// Bugs for the judge to find, one for each promise: what somebody who builds this by hand may well do. Off in every
// history but those of planted_bugs_test.

#include <cstdint>

namespace firstcome::sim {

enum class planted : std::uint8_t {
  nothing,
  counts_one_too_few,      // 1: the gate lets in one more than there are, and the ledger does not look
  forgets_who_was_in,      // 2: the gate gives who asks again another place, and the ledger has no unique key
  answers_before_fsync,    // 3: Redis with appendfsync everysec: a restart loses the last second
  keeps_one_back,          // 4: the gate says "sold out" one too early
  counts_apart_from_rows,  // 5: issued_quantity is raised twice for one of the rows
  checks_quantity_first,   // 6: who is in hears "sold out" once it is
  holds_places,            // 7: a place is taken for somebody who has not asked yet
  says_sold_out_too_soon,  // 8: one of the crowd is turned away while there are coupons
  takes_silence_for_no,    // 9: a time-out is reported as surely not admitted
  waits_for_ever,          // 10: no deadline, no bound

  // Of an issue's life.
  counts_a_return_twice,   // 1: two places are free for one that came back
  forgets_who_returned,    // 2: who gave one back is a stranger again, and gets another one
  loses_what_came_back,    // 8: it is free for nobody
  returns_without_a_word,  // 8: nodes go on to say "sold out" by heart
  forgets_the_order,       // 6: who asks again whether the own use was done hears "already used"
  lets_two_orders_use_it,  // 9: both hear yes

  // What happens after the event. No promise names it: it comes to no end, or somebody is alarmed.
  asks_for_an_open_gate,       // a look-up at a retired gate is told to ask again, for ever
  closed_to_whoever_is_new,    // a retired gate says so only to nodes that knew it open
  forgets_that_it_was_retired  // the ledger, when a rebuild that opens it again is cut off
};

}  // namespace firstcome::sim
