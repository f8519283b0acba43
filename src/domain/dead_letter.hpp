#pragma once

// An admission that the ledger would not take. It keeps its place, and its user hears "accepted", until it is replayed
// or its place is given up. And what of a coupon is still on its way into the ledger.

#include <optional>
#include <string>

#include "domain/ids.hpp"
#include "domain/page.hpp"
#include "domain/time.hpp"

namespace firstcome {

struct dead_letter {
  std::int64_t id = 0;
  coupon_id coupon{};
  sequence_number sequence = 0;
  std::optional<user_id> user;  // unknown when it could not be recovered
  timestamp admitted_at;
  std::string reason;
};

/// Open ones, by id, ascending; items after `next`.
using dead_letter_page = page<dead_letter, std::int64_t>;

struct coupon_backlog {
  sequence_number moved = 0;  // the last sequence that is out of the queue: a row, a dead letter, or given up
  std::int32_t waiting = 0;   // admissions in the queue
  int dead_letters = 0;       // open ones; counted up to page_limit_max
};

}  // namespace firstcome
