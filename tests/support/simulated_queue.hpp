#pragma once

// A coupon's queue as the scripts keep it, for those who stand in for Redis: how an entry is written, and the order of
// positions.

#include "queue/queue_entry.hpp"

namespace firstcome::testing {

queue::stream_fields encode(const queue::admissions& what);

/// -1, 0, 1 as `a` stands before, at or after `b`. Both are well formed.
int compare(const queue::queue_position& a, const queue::queue_position& b);

}  // namespace firstcome::testing
