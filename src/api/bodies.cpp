#include "api/bodies.hpp"

#include <algorithm>
#include <array>

#include "api/json_in.hpp"
#include "api/routes.hpp"

namespace firstcome::api {
namespace {

using kind = json_member::kind;

constexpr std::string_view id_range = "a whole number from 1 to 9223372036854775807, or the same as decimal text";
constexpr std::string_view amount_range = "a whole number from 0 to 2147483647";
constexpr std::string_view order_amount_range = "a whole number from 0 to 2147483647, or the same as decimal text";
constexpr std::string_view order_id_range = "1 to 64 visible ASCII characters";
constexpr std::string_view reason_range = "a text of at most 200 characters";
constexpr std::string_view restock_range = "\"none\" or \"pool\"";
constexpr std::string_view quantity_range = "a whole number from 1 to 2147483647, or null for unlimited";

std::string must_be(const json_member& m, std::string_view what) {
  return std::string(m.name).append(" must be ").append(what).append(".");
}

problem malformed(const json_member& m, std::string_view what) {
  return {problem_code::malformed_request, must_be(m, what)};
}
problem invalid(const json_member& m, std::string_view what) {
  return {problem_code::invalid_coupon, must_be(m, what)};
}

template <class Id>
reading<std::optional<Id>> read_optional_id(const json_member& m) {
  if (m.holds == kind::absent) return std::optional<Id>{};
  std::int64_t id = m.integer;
  const bool fits = m.holds == kind::integer ? id >= id_min : m.holds == kind::text && read_id(m.text, id);
  if (!fits) return malformed(m, id_range);
  return std::optional<Id>(static_cast<Id>(id));
}

bool in_range(const json_member& m, std::int64_t min) {
  return m.holds == kind::integer && m.integer >= min && m.integer <= quantity_max;
}
bool is_whole_number(const json_member& m) {
  return m.holds == kind::integer || m.holds == kind::integer_out_of_range;
}

/// An amount may be written 10000.0 or 1e4, as Python and Lua write theirs: to JSON that is a whole number.
void read_whole_as_integer(json_member& m) {
  if (m.holds == kind::whole) m.holds = kind::integer;
}

// Each of these reads one member of a coupon into `out`, and leaves it alone when the member is absent.

std::optional<problem> read(json_member& m, std::int32_t& out) {
  read_whole_as_integer(m);
  if (m.holds == kind::absent) return std::nullopt;
  if (!is_whole_number(m)) return malformed(m, amount_range);
  if (!in_range(m, 0)) return invalid(m, amount_range);
  out = static_cast<std::int32_t>(m.integer);
  return std::nullopt;
}

/// From 1.
std::optional<problem> read_up_to(std::int32_t most, json_member& m, std::int32_t& out) {
  const std::string range = "a whole number from 1 to " + std::to_string(most);
  read_whole_as_integer(m);
  if (m.holds == kind::absent) return std::nullopt;
  if (!is_whole_number(m)) return malformed(m, range);
  if (!in_range(m, 1) || m.integer > most) return invalid(m, range);
  out = static_cast<std::int32_t>(m.integer);
  return std::nullopt;
}

std::optional<problem> read(const json_member& m, std::optional<std::optional<std::int32_t>>& out) {
  if (m.holds == kind::absent) return std::nullopt;
  out.emplace();
  if (m.holds == kind::null) return std::nullopt;
  if (!is_whole_number(m)) return malformed(m, quantity_range);
  if (!in_range(m, 1)) return invalid(m, quantity_range);
  *out = static_cast<std::int32_t>(m.integer);
  return std::nullopt;
}

std::optional<problem> read(json_member& m, std::optional<std::string>& out) {
  if (m.holds == kind::absent) return std::nullopt;
  if (m.holds != kind::text) return malformed(m, "a text");
  out = std::move(m.text);
  return std::nullopt;
}

std::optional<problem> read(const json_member& m, std::optional<timestamp>& out) {
  if (m.holds == kind::absent) return std::nullopt;
  if (m.holds == kind::text) out = from_rfc3339(m.text);
  if (!out) return malformed(m, "a time with zone as in RFC 3339, from 1970 to 9999, like 2026-01-31T09:00:00+09:00");
  return std::nullopt;
}

std::optional<problem> read(const json_member& m, std::optional<bool>& out) {
  if (m.holds == kind::absent) return std::nullopt;
  if (m.holds != kind::boolean) return malformed(m, "true or false");
  out = m.boolean;
  return std::nullopt;
}

std::optional<problem> read(const json_member& m, std::optional<restock_rule>& out) {
  if (m.holds == kind::absent) return std::nullopt;
  if (m.holds != kind::text) return malformed(m, restock_range);
  out = restock_rule_from(m.text);
  if (!out) return invalid(m, restock_range);
  return std::nullopt;
}

std::optional<problem> first_of(std::initializer_list<std::optional<problem>> found) {
  for (const auto& p : found)
    if (p) return p;
  return std::nullopt;
}

/// Decimal text, as an order system may keep its amounts, becomes, like 10000.0, the number that it stands for.
void read_text_as_amount(json_member& m) {
  read_whole_as_integer(m);
  if (m.holds != kind::text) return;
  const bool zero = m.text == "0";
  if (zero || read_id(m.text, m.integer)) m.holds = kind::integer;
  if (zero) m.integer = 0;
}

problem missing_member(const json_member& m, std::string_view what) {
  return {problem_code::malformed_request, std::string(m.name) + " is missing: it must be " + std::string(what) + "."};
}

std::optional<problem> missing(const json_member& m) {
  if (m.holds != kind::absent) return std::nullopt;
  return problem{problem_code::invalid_coupon, std::string(m.name) + " is missing."};
}

}  // namespace

reading<std::optional<user_id>> read_issue_body(std::string_view body) {
  std::array<json_member, 1> members = {json_member{"userId"}};
  if (auto why = read_flat_object(body, members, unknown_members::ignored)) return *std::move(why);
  return read_optional_id<user_id>(members[0]);
}

reading<original_issue_body> read_original_issue_body(std::string_view body) {
  std::array<json_member, 2> members = {json_member{"userId"}, json_member{"couponId"}};
  auto& [user, coupon] = members;
  if (auto why = read_flat_object(body, members, unknown_members::ignored)) return *std::move(why);
  auto user_read = read_optional_id<user_id>(user);
  if (!user_read) return std::move(user_read).error();
  auto coupon_read = read_optional_id<coupon_id>(coupon);
  if (!coupon_read) return std::move(coupon_read).error();
  if (!*coupon_read) return missing_member(coupon, id_range);
  return original_issue_body{*user_read, **coupon_read};
}

reading<use_step> read_use_body(std::string_view body) {
  std::array<json_member, 2> members = {json_member{"orderAmount"}, json_member{"orderId"}};
  auto& [amount, order] = members;
  if (auto why = read_flat_object(body, members, unknown_members::ignored)) return *std::move(why);
  if (amount.holds == kind::absent) return missing_member(amount, order_amount_range);
  read_text_as_amount(amount);
  if (!in_range(amount, 0)) return malformed(amount, order_amount_range);
  if (order.holds != kind::absent && (order.holds != kind::text || !is_order_id(order.text)))
    return malformed(order, order_id_range);
  return use_step{static_cast<std::int32_t>(amount.integer), std::move(order.text)};
}

bool is_order_id(std::string_view text) {
  return !text.empty() && text.size() <= order_id_length_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

reading<return_step> read_return_body(std::string_view body) {
  std::array<json_member, 1> members = {json_member{"reason"}};
  if (body.empty()) return return_step{};
  if (auto why = read_flat_object(body, members, unknown_members::ignored)) return *std::move(why);
  json_member& reason = members[0];
  if (reason.holds == kind::absent || reason.holds == kind::null) return return_step{};
  const std::optional<std::size_t> length = reason.holds == kind::text ? length_of(reason.text) : std::nullopt;
  if (!length || *length > return_reason_length_max) return malformed(reason, reason_range);
  return return_step{std::move(reason.text)};
}

reading<rehearsal_wish> read_rehearsal_body(std::string_view body) {
  rehearsal_wish wish;
  if (body.empty()) return wish;
  std::array<json_member, 3> members = {json_member{"users"}, json_member{"totalQuantity"}, json_member{"seconds"}};
  auto& [users, total, seconds] = members;
  if (auto why = read_flat_object(body, members, unknown_members::refused)) return *std::move(why);
  if (auto why = first_of({read_up_to(rehearsal_users_max, users, wish.users),
                           read_up_to(rehearsal_users_max, total, wish.total_quantity),
                           read_up_to(rehearsal_seconds_max, seconds, wish.seconds)}))
    return *std::move(why);
  return wish;
}

reading<coupon_draft> read_coupon_draft(std::string_view body) {
  std::array<json_member, 8> members = {json_member{"title"},
                                        json_member{"couponType"},
                                        json_member{"totalQuantity"},
                                        json_member{"discountAmount"},
                                        json_member{"minAvailableAmount"},
                                        json_member{"dateIssueStart"},
                                        json_member{"dateIssueEnd"},
                                        json_member{"restock"}};
  auto& [title, type, total, discount, minimum, start, end, restock] = members;
  if (auto why = read_flat_object(body, members, unknown_members::refused)) return *std::move(why);

  coupon_draft draft;
  std::optional<std::string> title_read, type_read;
  std::optional<std::optional<std::int32_t>> total_read;
  std::optional<timestamp> start_read, end_read;
  std::optional<restock_rule> restock_read;
  if (auto why = first_of({read(title, title_read), read(type, type_read), read(total, total_read),
                           read(discount, draft.discount_amount), read(minimum, draft.min_available_amount),
                           read(start, start_read), read(end, end_read), read(restock, restock_read), missing(title),
                           missing(start), missing(end)}))
    return *std::move(why);

  draft.title = std::move(*title_read);
  if (type_read) draft.coupon_type = std::move(*type_read);
  if (total_read) draft.total_quantity = *total_read;
  draft.window = {*start_read, *end_read};
  if (restock_read) draft.restock = *restock_read;
  if (auto why = why_invalid(draft)) return problem{problem_code::invalid_coupon, *why + '.'};
  return draft;
}

reading<coupon_change> read_coupon_change(std::string_view body) {
  std::array<json_member, 6> members = {json_member{"title"},          json_member{"totalQuantity"},
                                        json_member{"dateIssueStart"}, json_member{"dateIssueEnd"},
                                        json_member{"paused"},         json_member{"restock"}};
  auto& [title, total, start, end, paused, restock] = members;
  if (auto why = read_flat_object(body, members, unknown_members::refused)) return *std::move(why);

  coupon_change change;
  if (auto why = first_of({read(title, change.title), read(total, change.total_quantity), read(start, change.start),
                           read(end, change.end), read(paused, change.paused), read(restock, change.restock)}))
    return *std::move(why);
  return change;
}

}  // namespace firstcome::api
