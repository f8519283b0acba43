#pragma once

// The offer: a quantity (or unlimited) and the window in which it is issued. Pure values and the rules that a coupon
// must keep whatever stores it.

#include <cstdint>
#include <optional>
#include <string>

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "domain/window.hpp"

namespace firstcome {

inline constexpr const char* default_coupon_type = "FIRST_COME_FIRST_SERVED";
inline constexpr std::size_t title_length_max = 255;        // characters, as in the original schema
inline constexpr std::size_t coupon_type_length_max = 255;  // the same

/// What an operator gives to create a coupon.
struct coupon_draft {
  std::string title;
  std::string coupon_type = default_coupon_type;
  std::optional<std::int32_t> total_quantity;  // absent: unlimited
  std::int32_t discount_amount = 0;
  std::int32_t min_available_amount = 0;
  issue_window window;
};

struct coupon {
  coupon_id id{};
  std::string title;
  std::string coupon_type;
  std::optional<std::int32_t> total_quantity;
  std::int32_t issued_quantity = 0;  // rows in the ledger
  /// Users that the gate let in, where that is known apart from the rows: ahead of them while admissions are under way.
  std::optional<std::int32_t> admitted_quantity;
  std::int32_t discount_amount = 0;
  std::int32_t min_available_amount = 0;
  issue_window window;
  bool paused = false;
  std::int64_t epoch = 1;
  std::int64_t config_version = 1;  // rises with each change by an operator
  timestamp date_created;
  timestamp date_updated;
};

/// What an operator changes. An absent member stays as it is; `total_quantity` holding an empty optional means
/// unlimited.
struct coupon_change {
  std::optional<std::string> title;
  std::optional<std::optional<std::int32_t>> total_quantity;
  std::optional<timestamp> start;
  std::optional<timestamp> end;
  std::optional<bool> paused;

  bool empty() const { return !title && !total_quantity && !start && !end && !paused; }
};

/// Why this coupon may not exist, as a sentence for the operator; nothing when it may.
std::optional<std::string> why_invalid(const coupon_draft& draft);

/// The coupon as it would be after the change; says nothing about whether it is valid. `why_invalid` of the result
/// does.
coupon with_change(coupon before, const coupon_change& change);
std::optional<std::string> why_invalid(const coupon& changed);

/// The first that applies, in this order.
enum class coupon_state : std::uint8_t { paused, scheduled, ended, sold_out, open };

coupon_state state_of(const coupon& c, timestamp now);
const char* to_string(coupon_state state);

}  // namespace firstcome
