#pragma once

// The offer: a quantity (or unlimited) and the window in which it is issued. Pure values and the rules that a coupon
// must keep whatever stores it.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "domain/window.hpp"

namespace firstcome {

inline constexpr const char* default_coupon_type = "FIRST_COME_FIRST_SERVED";
inline constexpr std::size_t title_length_max = 255;        // characters, as in the original schema
inline constexpr std::size_t coupon_type_length_max = 255;  // the same

/// What becomes of the place of an issue that is returned. none: it is gone · pool: the next who asks gets it, under
/// the next sequence.
enum class restock_rule : std::uint8_t { none, pool };

/// What an operator gives to create a coupon.
struct coupon_draft {
  std::string title;
  std::string coupon_type = default_coupon_type;
  std::optional<std::int32_t> total_quantity;  // absent: unlimited
  std::int32_t discount_amount = 0;
  std::int32_t min_available_amount = 0;
  issue_window window;
  restock_rule restock = restock_rule::none;
};

struct coupon {
  coupon_id id{};
  std::string title;
  std::string coupon_type;
  std::optional<std::int32_t> total_quantity;
  std::int32_t issued_quantity = 0;    // rows in the ledger that are not returned
  std::int32_t returned_quantity = 0;  // returned to the pool; never falls
  std::int32_t gone_quantity = 0;      // returned while there was no pool; never falls
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
  restock_rule restock = restock_rule::none;

  /// The last sequence that the ledger holds: everybody who ever got one.
  std::int32_t sequences() const { return issued_quantity + returned_quantity + gone_quantity; }
  /// Places that were given: by the gate, where that is known apart from the rows.
  std::int32_t taken() const { return std::max(sequences(), admitted_quantity.value_or(0)); }
  /// The last sequence that may be given: the total, and once more what was returned to the pool.
  std::optional<std::int32_t> sequence_limit() const;
};

/// The coupon after one of its issues was returned: one live issue less, and its place in the pool or gone.
coupon with_return(coupon before);

/// What an operator changes. An absent member stays as it is; `total_quantity` holding an empty optional means
/// unlimited.
struct coupon_change {
  std::optional<std::string> title;
  std::optional<std::optional<std::int32_t>> total_quantity;
  std::optional<timestamp> start;
  std::optional<timestamp> end;
  std::optional<bool> paused;
  std::optional<restock_rule> restock;

  bool empty() const { return !title && !total_quantity && !start && !end && !paused && !restock; }
};

/// The number of characters (code points), or nothing when the text is not UTF-8.
std::optional<std::size_t> length_of(std::string_view utf8);

/// Why this coupon may not exist, as a sentence for the operator; nothing when it may.
std::optional<std::string> why_invalid(const coupon_draft& draft);

/// The coupon as it would be after the change; says nothing about whether it is valid. `why_invalid` of the result
/// does.
coupon with_change(coupon before, const coupon_change& change);
std::optional<std::string> why_invalid(const coupon& changed);
/// Nothing that a coupon_change can change differs.
bool same_settings(const coupon& a, const coupon& b);

/// The first that applies, in this order.
enum class coupon_state : std::uint8_t { paused, scheduled, ended, sold_out, open };

coupon_state state_of(const coupon& c, timestamp now);
const char* to_string(coupon_state state);
/// As it is stored and on the wire: never change.
const char* to_string(restock_rule rule);
std::optional<restock_rule> restock_rule_from(std::string_view text);

}  // namespace firstcome
