#pragma once

// A user's record as it stands in the hash `users`: field and value. Stored: never change it.

#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace firstcome::gate {

struct admission_record {
  sequence_number sequence = 0;
  timestamp admitted_at;  // whole milliseconds
  bool returned = false;
};

/// Of "sequence:admitted ms", with an r behind it when it was returned. Nothing when it is not such a text.
std::optional<admission_record> record_from_text(std::string_view text);
std::string to_text(sequence_number sequence, timestamp admitted_at, bool returned = false);

/// The beginning of the year 10000, to which a window's end may be rounded up.
inline constexpr std::int64_t milliseconds_max = 253'402'300'800'000;

/// Milliseconds since 1970, from 0 to milliseconds_max.
std::optional<timestamp> milliseconds_from_text(std::string_view text);
/// Rounded up: the first whole millisecond that is not before `t`.
std::string milliseconds_to_text(timestamp t);

// The field is the user's id. A dead letter whose user is not known (0) keeps its place in a rebuilt gate as well: its
// field is minus its sequence, which nobody can ask for.
std::string user_field(user_id user, sequence_number sequence);
/// 0 for an unknown one; nothing when it is not such a field.
std::optional<user_id> user_from_field(std::string_view field);

}  // namespace firstcome::gate
