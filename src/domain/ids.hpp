#pragma once

// Ids are signed 64-bit and positive on the wire. Each kind has a type of its own, so that a coupon's id cannot be
// passed where a user's is meant; `raw` gives the number back.

#include <cstdint>
#include <limits>

namespace firstcome {

enum class coupon_id : std::int64_t {};
enum class user_id : std::int64_t {};

/// The 1-based place of an admitted user, dense per coupon. Quantities fit in 32 bits, so sequences do too.
using sequence_number = std::int32_t;

/// The generation of a coupon's gate state in the distributed shape; it rises each time the gate is rebuilt.
using epoch_number = std::int64_t;

constexpr std::int64_t id_min = 1;
constexpr std::int64_t id_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t quantity_max = std::numeric_limits<std::int32_t>::max();

constexpr std::int64_t raw(coupon_id id) {
  return static_cast<std::int64_t>(id);
}
constexpr std::int64_t raw(user_id id) {
  return static_cast<std::int64_t>(id);
}

}  // namespace firstcome
