#include "domain/coupon.hpp"

#include <algorithm>

namespace firstcome {

// Overlong forms and surrogates are not UTF-8.
std::optional<std::size_t> length_of(std::string_view utf8) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < utf8.size(); ++count) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || i + size > utf8.size()) return std::nullopt;
    std::uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(utf8[i + k]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      point = point << 6 | (next & 0x3F);
    }
    const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (overlong || surrogate || point > 0x10FFFF) return std::nullopt;
    i += size;
  }
  return count;
}

namespace {

std::optional<std::string> why_text_invalid(std::string name, std::string_view text, std::size_t length_max) {
  const std::optional<std::size_t> length = length_of(text);
  if (!length) return name + " must be valid UTF-8";
  if (*length < 1 || *length > length_max)
    return name + " must have 1 to " + std::to_string(length_max) + " characters";
  return std::nullopt;
}

std::optional<std::string> why_amount_invalid(std::string name, std::int32_t amount) {
  if (amount < 0) return name + " must be 0 to " + std::to_string(quantity_max);
  return std::nullopt;
}

/// The rules that hold for what is asked for and for what exists.
template <class Coupon>
std::optional<std::string> why_either_invalid(const Coupon& c) {
  if (auto why = why_text_invalid("title", c.title, title_length_max)) return why;
  if (auto why = why_text_invalid("couponType", c.coupon_type, coupon_type_length_max)) return why;
  if (c.total_quantity && *c.total_quantity < 1)
    return "totalQuantity must be 1 to " + std::to_string(quantity_max) + ", or null for unlimited";
  if (auto why = why_amount_invalid("discountAmount", c.discount_amount)) return why;
  if (auto why = why_amount_invalid("minAvailableAmount", c.min_available_amount)) return why;
  if (!c.window.valid()) return "dateIssueEnd must be after dateIssueStart";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> why_invalid(const coupon_draft& draft) {
  return why_either_invalid(draft);
}
std::optional<std::string> why_invalid(const coupon& changed) {
  return why_either_invalid(changed);
}

coupon with_change(coupon before, const coupon_change& change) {
  coupon after = std::move(before);
  if (change.title) after.title = *change.title;
  if (change.total_quantity) after.total_quantity = *change.total_quantity;
  if (change.start) after.window.start = *change.start;
  if (change.end) after.window.end = *change.end;
  if (change.paused) after.paused = *change.paused;
  if (change.restock) after.restock = *change.restock;
  return after;
}

std::optional<std::int32_t> coupon::sequence_limit() const {
  if (!total_quantity) return std::nullopt;
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(std::int64_t{*total_quantity} + returned_quantity, quantity_max));
}

coupon with_return(coupon before) {
  coupon after = std::move(before);
  --after.issued_quantity;
  ++(after.restock == restock_rule::pool ? after.returned_quantity : after.gone_quantity);
  return after;
}

bool same_settings(const coupon& a, const coupon& b) {
  return a.title == b.title && a.total_quantity == b.total_quantity && a.window.start == b.window.start &&
         a.window.end == b.window.end && a.paused == b.paused && a.restock == b.restock;
}

const char* to_string(restock_rule rule) {
  switch (rule) {
    case restock_rule::none:
      return "none";
    case restock_rule::pool:
      return "pool";
  }
  return "none";
}

std::optional<restock_rule> restock_rule_from(std::string_view text) {
  if (text == "none") return restock_rule::none;
  if (text == "pool") return restock_rule::pool;
  return std::nullopt;
}

coupon_state state_of(const coupon& c, timestamp now) {
  if (c.paused) return coupon_state::paused;
  if (c.window.not_started_at(now)) return coupon_state::scheduled;
  if (c.window.ended_at(now)) return coupon_state::ended;
  if (c.total_quantity && c.taken() >= *c.sequence_limit()) return coupon_state::sold_out;
  return coupon_state::open;
}

const char* to_string(coupon_state state) {
  switch (state) {
    case coupon_state::paused:
      return "paused";
    case coupon_state::scheduled:
      return "scheduled";
    case coupon_state::ended:
      return "ended";
    case coupon_state::sold_out:
      return "sold_out";
    case coupon_state::open:
      return "open";
  }
  return "unknown";
}

}  // namespace firstcome
