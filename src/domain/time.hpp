#pragma once

// Two clocks, never mixed: `timestamp` is a date (UTC, microseconds since 1970, as in the ledger), `monotonic` is what
// deadlines are made of. Nobody below `runtime` and the adapters reads a clock: times are handed in.

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace firstcome {

using timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using monotonic = std::chrono::steady_clock::time_point;

constexpr std::int64_t to_microseconds(timestamp t) {
  return t.time_since_epoch().count();
}
constexpr timestamp from_microseconds(std::int64_t us) {
  return timestamp{std::chrono::microseconds{us}};
}

/// Cuts to whole milliseconds: the precision in which an admission is dated.
constexpr timestamp to_whole_milliseconds(timestamp t) {
  return std::chrono::floor<std::chrono::milliseconds>(t);
}

/// RFC 3339 in UTC with `Z`: three digits of fraction, or six when there are microseconds.
std::string to_rfc3339(timestamp t);

/// The same without an allocation: the text stands in `buffer`. For years 0 to 9999.
using rfc3339_buffer = std::array<char, sizeof("2026-01-02T03:04:05.678901Z")>;
std::string_view to_rfc3339(timestamp t, rfc3339_buffer& buffer);

/// Reads RFC 3339 with `Z` or an offset, up to nine digits of fraction (cut to microseconds), years 1970 to 9999.
/// Nothing else: no missing zone, no leap second, no trailing text.
std::optional<timestamp> from_rfc3339(std::string_view text);

}  // namespace firstcome
