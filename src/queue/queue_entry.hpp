#pragma once

// One entry of a coupon's queue: the users that one batch let in, in their order. The codec is pure; scripts write the
// entries (src/gate), workers read them.
//
// In the stream an entry has three fields: `s` the first user's sequence, `t` the admission's milliseconds since 1970,
// `u` the users' ids in order, separated by commas. Ids travel as text: Redis' numbers are doubles. Its stream id is
// the first user's sequence, "sequence-0": it only rises within an epoch whatever the clocks do, and a sequence cannot
// be queued twice.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace firstcome::queue {

/// A place in a queue: a stream id, "number-number". `queue_start` stands before every entry.
using queue_position = std::string;
inline constexpr const char* queue_start = "0-0";

bool well_formed(std::string_view position);
/// The lowest position past it: what is to be kept when everything up to `at` is dropped.
queue_position next_position(const queue_position& at);

/// Users of one entry, at most: a script holds the whole server up while it runs, and Lua can hand on only so many.
inline constexpr std::size_t entry_users_max = 1024;

struct admissions {
  sequence_number first = 0;
  timestamp admitted_at;
  std::vector<user_id> users;  // 1 to entry_users_max; the k-th (from 0) has sequence first + k

  sequence_number last() const { return first + static_cast<sequence_number>(users.size()) - 1; }
  friend bool operator==(const admissions&, const admissions&) = default;
};

using stream_fields = std::vector<std::pair<std::string, std::string>>;

/// An entry as it was read. Without `what` it cannot be decoded: `why_not` says why, for the dead letter.
struct queue_entry {
  queue_position at;
  std::optional<admissions> what;
  std::string why_not;
};

/// Refuses anything that our scripts would not have written: other fields, a sequence below 1 or past 2^31-1, an id out
/// of range, a user named twice, more than entry_users_max.
queue_entry decode(queue_position at, const stream_fields& fields);

}  // namespace firstcome::queue
