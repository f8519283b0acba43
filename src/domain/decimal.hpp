#pragma once

// Whole numbers as text, read strictly: digits only, no sign but a minus where the range has one, no leading zero, no
// blank. Exactly one text for each number, so that what was stored can be compared as text too.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace firstcome {

/// Nothing when `text` is not such a number, or not within [min, max].
inline std::optional<std::int64_t> from_decimal(std::string_view text, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped_at != end || value < min || value > max) return std::nullopt;
  const std::string_view digits = text.substr(text.front() == '-' ? 1 : 0);
  const bool canonical = digits.front() != '0' || text == "0";
  return canonical ? std::optional(value) : std::nullopt;
}

}  // namespace firstcome
