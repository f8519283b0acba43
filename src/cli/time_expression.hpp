#pragma once

// Dates as an operator types them: RFC 3339 (2026-07-01T09:00:00+09:00), `now`, or a span from now: `+90s`, `+10m`,
// `+2h`, `+7d`, `+1h30m`.

#include <optional>
#include <string_view>

#include "domain/time.hpp"

namespace firstcome::cli {

inline constexpr const char* time_expression_may_be =
    "RFC 3339 with its zone as in 2026-07-01T09:00:00+09:00, now, or a span from now as in +90s, +10m, +2h, +7d, "
    "+1h30m";

/// Spans reach at most 100 years ahead. Nothing when the text is no date.
std::optional<timestamp> read_time(std::string_view text, timestamp now);

}  // namespace firstcome::cli
