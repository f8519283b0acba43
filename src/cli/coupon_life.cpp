#include "cli/coupon_life.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

std::string path_of(const life_options& o) {
  return "/v1/coupons/" + std::to_string(o.coupon) + "/issues/" + std::to_string(o.user);
}

/// Everything but letters and digits, so that it means itself in a query.
std::string percent_encoded(const std::string& text) {
  constexpr const char* digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

std::string text_of(const json::object& record, std::string_view member) {
  const json::value* value = record.if_contains(member);
  if (value == nullptr) return "?";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

}  // namespace

json::value use_issue(const api::node_client& node, const life_options& o) {
  json::object body{{"orderAmount", o.order_amount.value_or(0)}};
  if (!o.order_id.empty()) body["orderId"] = o.order_id;
  return node.post(path_of(o) + "/use", body);
}

json::value undo_use(const api::node_client& node, const life_options& o) {
  return node.remove(path_of(o) + "/use" + (o.order_id.empty() ? "" : "?orderId=" + percent_encoded(o.order_id)));
}

json::value return_issue(const api::node_client& node, const life_options& o) {
  return node.post(path_of(o) + "/return", json::object{{"reason", o.reason}});
}

std::string sentence_of(const json::object& record, const shown_times& times) {
  const std::string status = text_of(record, "status");
  const std::string when = status == "used"       ? " at " + times.in_zone(text_of(record, "dateUsed"))
                           : status == "returned" ? " at " + times.in_zone(text_of(record, "dateReturned"))
                                                  : "";
  return "user " + text_of(record, "userId") + " has number " + text_of(record, "sequence") + " of coupon " +
         text_of(record, "couponId") + ": " + status + when;
}

}  // namespace firstcome::cli
