// A request's body through each of its readers. The judge is another reader of JSON: what ours accepts must be an
// object to Boost.JSON's strict parser too, with the same values, and must keep the rules of its type.

#include <boost/json/parse.hpp>

#include <cstdint>
#include <string>

#include "api/bodies.hpp"
#include "fuzz/must.hpp"

namespace {

using namespace firstcome;

constexpr std::size_t longest_body = 64 * 1024;

boost::json::object as_others_read_it(std::string_view body) {
  boost::system::error_code wrong;
  const boost::json::value value = boost::json::parse(body, wrong);
  must(!wrong && value.is_object());
  return value.get_object();
}

// As a number, as its decimal text, or written with a point or an exponent.
void same_number(const boost::json::object& other, const char* member, std::int64_t ours) {
  const boost::json::value* theirs = other.if_contains(member);
  must(theirs != nullptr);
  if (theirs->is_string()) return must(theirs->get_string() == std::to_string(ours));
  if (theirs->is_double()) return must(theirs->get_double() == static_cast<double>(ours));
  must(theirs->is_int64() && theirs->get_int64() == ours);
}

void check_issue(std::string_view body) {
  const auto ours = api::read_issue_body(body);
  if (!ours) return;
  const auto other = as_others_read_it(body);
  if (!*ours) return;
  must(raw(**ours) >= id_min);
  same_number(other, "userId", raw(**ours));
}

void check_original_issue(std::string_view body) {
  const auto ours = api::read_original_issue_body(body);
  if (!ours) return;
  const auto other = as_others_read_it(body);
  must(raw(ours->coupon) >= id_min);
  same_number(other, "couponId", raw(ours->coupon));
  if (ours->user) same_number(other, "userId", raw(*ours->user));
}

void check_use(std::string_view body) {
  const auto ours = api::read_use_body(body);
  if (!ours) return;
  must(ours->order_amount >= 0);
  same_number(as_others_read_it(body), "orderAmount", ours->order_amount);
}

void check_draft(std::string_view body) {
  const auto ours = api::read_coupon_draft(body);
  if (!ours) return;
  const auto other = as_others_read_it(body);
  must(!why_invalid(*ours));
  must(other.at("title").as_string() == ours->title.c_str() || ours->title.find('\0') != ours->title.npos);
  if (ours->total_quantity) same_number(other, "totalQuantity", *ours->total_quantity);
}

void check_change(std::string_view body) {
  const auto ours = api::read_coupon_change(body);
  if (!ours) return;
  const auto other = as_others_read_it(body);
  must(ours->title.has_value() == other.contains("title"));
  must(ours->total_quantity.has_value() == other.contains("totalQuantity"));
  must(ours->paused.has_value() == other.contains("paused"));
  if (ours->total_quantity && *ours->total_quantity) same_number(other, "totalQuantity", **ours->total_quantity);
  if (ours->paused) must(other.at("paused").as_bool() == *ours->paused);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > longest_body) return 0;  // the connection refuses it before anybody reads it
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check_issue(body);
  check_original_issue(body);
  check_use(body);
  check_draft(body);
  check_change(body);
  return 0;
}
