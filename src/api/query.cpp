#include "api/query.hpp"

#include <charconv>

#include "api/routes.hpp"

namespace firstcome::api {
namespace {

problem malformed(std::string detail) {
  return {problem_code::malformed_request, std::move(detail)};
}

problem bad_cursor() {
  return malformed("cursor must be the nextCursor of an earlier answer.");
}

bool read_limit(std::string_view text, int& limit) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
  return ec == std::errc() && end == text.data() + text.size() && limit >= page_limit_min && limit <= page_limit_max;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Nothing: a percent sign without two hexadecimal digits. A plus is a plus.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace

reading<std::string> read_order_id(std::string_view query) {
  std::optional<std::string> order;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (name != "orderId") continue;
    if (order) return malformed("orderId stands there twice.");
    order = percent_decoded(parameter.substr(std::min(name.size() + 1, parameter.size())));
    if (!order || !is_order_id(*order)) return malformed("orderId must be 1 to 64 visible ASCII characters.");
  }
  return order.value_or(std::string());
}

reading<std::optional<coupon_id>> read_coupon_filter(std::string_view query) {
  std::optional<coupon_id> wanted;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (name != "couponId") continue;
    if (wanted) return malformed("couponId stands there twice.");
    std::int64_t id = 0;
    if (!read_id(parameter.substr(std::min(name.size() + 1, parameter.size())), id))
      return malformed("couponId must be a whole number from 1 to 9223372036854775807.");
    wanted = static_cast<coupon_id>(id);
  }
  return wanted;
}

reading<list_query> read_list_query(std::string_view query) {
  list_query read;
  bool limited = false;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::string_view name = parameter.substr(0, parameter.find('='));
    const std::string_view value = parameter.substr(std::min(name.size() + 1, parameter.size()));
    if (name == "limit") {
      if (std::exchange(limited, true)) return malformed("limit stands there twice.");
      if (!read_limit(value, read.limit)) return malformed("limit must be a whole number from 1 to 1000.");
    } else if (name == "cursor") {
      if (read.cursor) return malformed("cursor stands there twice.");
      read.cursor = value;
    }
  }
  return read;
}

reading<std::optional<coupon_id>> coupons_after(const list_query& query) {
  if (!query.cursor) return std::optional<coupon_id>{};
  std::int64_t id = 0;
  if (!read_id(*query.cursor, id)) return bad_cursor();
  return std::optional<coupon_id>(static_cast<coupon_id>(id));
}

reading<sequence_number> issues_after(const list_query& query) {
  if (!query.cursor) return sequence_number{0};
  std::int64_t sequence = 0;
  if (!read_id(*query.cursor, sequence) || sequence > quantity_max) return bad_cursor();
  return static_cast<sequence_number>(sequence);
}

reading<std::optional<std::int64_t>> id_in_cursor(const list_query& query) {
  if (!query.cursor) return std::optional<std::int64_t>{};
  std::int64_t id = 0;
  if (!read_id(*query.cursor, id)) return bad_cursor();
  return std::optional<std::int64_t>(id);
}

reading<std::optional<user_issue_position>> user_issues_after(const list_query& query) {
  if (!query.cursor) return std::optional<user_issue_position>{};
  const std::size_t dash = query.cursor->find('-');
  std::int64_t us = 0, row_id = 0;
  if (dash == query.cursor->npos || !read_id(query.cursor->substr(0, dash), us) ||
      !read_id(query.cursor->substr(dash + 1), row_id))
    return bad_cursor();
  return std::optional<user_issue_position>(user_issue_position{from_microseconds(us), row_id});
}

}  // namespace firstcome::api
