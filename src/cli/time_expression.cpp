#include "cli/time_expression.hpp"

#include <charconv>

namespace firstcome::cli {
namespace {

using std::chrono::seconds;

constexpr seconds span_max = std::chrono::years{100};

std::optional<seconds> unit_of(char letter) {
  switch (letter) {
    case 's':
      return std::chrono::seconds{1};
    case 'm':
      return std::chrono::minutes{1};
    case 'h':
      return std::chrono::hours{1};
    case 'd':
      return std::chrono::days{1};
    default:
      return std::nullopt;
  }
}

/// One or more pairs of a number and a unit, and nothing else.
std::optional<seconds> read_span(std::string_view text) {
  seconds total{0};
  do {
    unsigned count = 0;
    const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || after == text.data() + text.size()) return std::nullopt;
    const auto unit = unit_of(*after);
    if (!unit || count > span_max / *unit) return std::nullopt;
    total += *unit * count;
    text.remove_prefix(static_cast<std::size_t>(after - text.data()) + 1);
  } while (!text.empty() && total <= span_max);
  return total <= span_max ? std::optional(total) : std::nullopt;
}

}  // namespace

std::optional<timestamp> read_time(std::string_view text, timestamp now) {
  if (text == "now") return now;
  if (!text.starts_with('+')) return from_rfc3339(text);
  const auto span = read_span(text.substr(1));
  return span ? std::optional(now + *span) : std::nullopt;
}

}  // namespace firstcome::cli
