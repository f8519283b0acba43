#pragma once

// Numbers in the replies of our scripts: integers, or text as it stood in a hash. Strict: nothing but what the scripts
// answer.

#include <optional>

#include "domain/decimal.hpp"
#include "gate/redis/record_text.hpp"
#include "redis/reply.hpp"

namespace firstcome::gate {

inline std::optional<std::int64_t> number_from(redis::reply_view one, std::int64_t min, std::int64_t max) {
  if (one.is_nil() || one.is_array() || one.is_error()) return std::nullopt;
  if (const std::string_view text = one.text(); !text.empty()) return from_decimal(text, min, max);
  const std::int64_t value = one.integer();
  return value >= min && value <= max ? std::optional(value) : std::nullopt;
}

inline std::optional<timestamp> time_from(redis::reply_view one) {
  const auto ms = number_from(one, 0, milliseconds_max);
  if (!ms) return std::nullopt;
  return timestamp(std::chrono::milliseconds(*ms));
}

inline std::optional<std::string_view> text_from(redis::reply_view one) {
  if (one.is_nil() || one.is_array() || one.is_error()) return std::nullopt;
  const std::string_view text = one.text();
  return text.empty() && one.integer() != 0 ? std::nullopt : std::optional(text);
}

/// Of an element that is empty or nil when there is no limit.
inline std::optional<std::optional<std::int32_t>> total_from(redis::reply_view one) {
  if (one.is_array() || one.is_error()) return std::nullopt;
  if (one.is_nil() || (one.text().empty() && one.integer() == 0)) return std::optional<std::int32_t>();
  const auto total = number_from(one, 0, quantity_max);
  if (!total) return std::nullopt;
  return std::optional(static_cast<std::int32_t>(*total));
}

}  // namespace firstcome::gate
