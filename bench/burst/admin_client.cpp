#include "burst/admin_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <ctime>
#include <stdexcept>

namespace firstcome::burst {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

std::string rfc3339(std::time_t t) {
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[sizeof "2000-01-01T00:00:00Z"];
  std::strftime(text, sizeof text, "%FT%TZ", &utc);
  return text;
}

}  // namespace

std::string admin_client::call(std::string_view method, const std::string& target, const std::string& body,
                               unsigned expected) const {
  asio::io_context io;
  boost::beast::tcp_stream stream(io);
  asio::ip::tcp::resolver resolver(io);
  stream.connect(resolver.resolve(target_.host, std::to_string(target_.port)));

  http::request<http::string_body> request(http::string_to_verb({method.data(), method.size()}), target, 11);
  request.set(http::field::host, target_.host);
  if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  http::write(stream, request);

  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(stream, buffer, response);
  if (response.result_int() == 401)
    throw std::runtime_error(
        token_.empty() ? "the node wants its admin token (401), and none was given: give --token-file, such as "
                         "data/admin.token, or FIRSTCOME_ADMIN_TOKEN"
                       : "the node did not take the admin token (401) of --token-file or FIRSTCOME_ADMIN_TOKEN: "
                         "it keeps its own in its data folder, as admin.token");
  if (response.result_int() != expected)
    throw std::runtime_error(std::string(method) + " " + target + " answered " + std::to_string(response.result_int()) +
                             ": " + response.body());
  return std::move(response.body());
}

std::int64_t admin_client::create_coupon(std::optional<std::int32_t> total_quantity, bool pool) const {
  const std::time_t now = std::time(nullptr);
  json::object draft{{"title", "a burst"},
                     {"couponType", "FIRST_COME_FIRST_SERVED"},
                     {"totalQuantity", nullptr},
                     {"discountAmount", 1000},
                     {"minAvailableAmount", 0},
                     {"dateIssueStart", rfc3339(now - 3600)},
                     {"dateIssueEnd", rfc3339(now + 86400)}};
  if (total_quantity) draft["totalQuantity"] = *total_quantity;
  if (pool) draft["restock"] = "pool";
  const json::value created = json::parse(call("POST", "/v1/coupons", json::serialize(draft), 201));
  return created.at("id").to_number<std::int64_t>();
}

auditor::books admin_client::books_of(std::int64_t coupon) const {
  const std::string path = "/v1/coupons/" + std::to_string(coupon);
  auditor::books books;
  for (std::string cursor;;) {
    const json::value page = json::parse(call("GET", path + "/issues?limit=1000" + cursor, {}, 200));
    for (const json::value& item : page.at("items").as_array())
      books.rows.push_back({.user = item.at("userId").to_number<std::int64_t>(),
                            .sequence = item.at("sequence").to_number<std::int32_t>()});
    if (page.at("nextCursor").is_null()) break;
    cursor = "&cursor=" + std::string(page.at("nextCursor").as_string());
  }
  const json::value shown = json::parse(call("GET", path, {}, 200));
  if (!shown.at("totalQuantity").is_null()) books.total_quantity = shown.at("totalQuantity").to_number<std::int32_t>();
  // Rows of returned issues stay, and their places are given again under later sequences.
  const auto returned = shown.at("returnedQuantity").to_number<std::int32_t>();
  if (books.total_quantity) *books.total_quantity += returned;
  books.issued_quantity = shown.at("issuedQuantity").to_number<std::int64_t>() + returned;
  return books;
}

}  // namespace firstcome::burst
