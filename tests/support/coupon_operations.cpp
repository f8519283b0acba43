#include "support/coupon_operations.hpp"

#include <boost/json/serialize.hpp>

#include <sstream>
#include <stdexcept>

#include "domain/time.hpp"

namespace firstcome::testing {
namespace {

std::string rfc3339_in(std::chrono::milliseconds from_now) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return to_rfc3339(timestamp(now + from_now));
}

[[noreturn]] void fail(const char* what, const http_response& response) {
  std::ostringstream text;
  text << what << " failed: " << response;
  throw std::runtime_error(text.str());
}

}  // namespace

boost::json::object to_json(const coupon_wish& wish) {
  boost::json::object json{{"title", wish.title},
                           {"discountAmount", 1000},
                           {"minAvailableAmount", wish.min_available_amount},
                           {"dateIssueStart", rfc3339_in(wish.starts_in)},
                           {"dateIssueEnd", rfc3339_in(wish.ends_in)}};
  json["totalQuantity"] = wish.quantity ? boost::json::value(*wish.quantity) : boost::json::value(nullptr);
  if (wish.restocks) json["restock"] = "pool";  // older programs do not know the word
  return json;
}

std::int64_t create_coupon(server_under_test& server, const coupon_wish& wish) {
  const http_response created = server.admin().post("/v1/coupons", boost::json::serialize(to_json(wish)));
  if (created.status != 201) fail("creating a coupon", created);
  return created.number("id");
}

boost::json::object show_coupon(server_under_test& server, std::int64_t coupon) {
  const http_response shown = server.client().get("/v1/coupons/" + std::to_string(coupon));
  if (shown.status != 200) fail("showing a coupon", shown);
  return shown.json().as_object();
}

http_response change_coupon(server_under_test& server, std::int64_t coupon, const boost::json::object& change) {
  return server.admin().patch("/v1/coupons/" + std::to_string(coupon), boost::json::serialize(change));
}

std::string issues_path(std::int64_t coupon) {
  return "/v1/coupons/" + std::to_string(coupon) + "/issues";
}

std::string issue_path(std::int64_t coupon, std::int64_t user) {
  return issues_path(coupon) + "/" + std::to_string(user);
}

std::string issue_body(std::int64_t user) {
  return R"({"userId":)" + std::to_string(user) + "}";
}

http_response ask_for_issue(server_under_test& server, std::int64_t coupon, std::int64_t user) {
  return server.client().post(issues_path(coupon), issue_body(user));
}

}  // namespace firstcome::testing
