#include "burst/admin_client.hpp"

#include <boost/json.hpp>

#include <ctime>

namespace firstcome::burst {
namespace {

namespace json = boost::json;

/// The crowd that has just been may still be answered.
constexpr std::chrono::seconds answer_deadline{60};

std::string rfc3339(std::time_t t) {
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[sizeof "2000-01-01T00:00:00Z"];
  std::strftime(text, sizeof text, "%FT%TZ", &utc);
  return text;
}

}  // namespace

admin_client::admin_client(const std::string& url, const std::string& token)
    : node_(api::node_url::parse(url), answer_deadline) {
  if (!token.empty()) node_.use_token(runtime::secret(token), "--token-file or FIRSTCOME_ADMIN_TOKEN");
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
  const json::value created = node_.post("/v1/coupons", draft);
  return created.at("id").to_number<std::int64_t>();
}

auditor::books admin_client::books_of(std::int64_t coupon) const {
  const std::string path = "/v1/coupons/" + std::to_string(coupon);
  auditor::books books;
  for (std::string cursor;;) {
    const json::value page = node_.get(path + "/issues?limit=1000" + cursor);
    for (const json::value& item : page.at("items").as_array())
      books.rows.push_back({.user = item.at("userId").to_number<std::int64_t>(),
                            .sequence = item.at("sequence").to_number<std::int32_t>()});
    if (page.at("nextCursor").is_null()) break;
    cursor = "&cursor=" + std::string(page.at("nextCursor").as_string());
  }
  const json::value shown = node_.get(path);
  if (!shown.at("totalQuantity").is_null()) books.total_quantity = shown.at("totalQuantity").to_number<std::int32_t>();
  // Rows of returned issues stay, and their places are given again under later sequences.
  const auto returned = shown.at("returnedQuantity").to_number<std::int32_t>();
  if (books.total_quantity) *books.total_quantity += returned;
  books.issued_quantity = shown.at("issuedQuantity").to_number<std::int64_t>() + returned;
  return books;
}

}  // namespace firstcome::burst
