// The trail over the routes: who did what, and to what.

#include "api/json_out.hpp"
#include "support/api_over_http.hpp"

namespace firstcome::api {
namespace {

using http::method;

constexpr std::string_view offer =
    R"({"title":"t","dateIssueStart":"2026-01-01T00:00:00Z","dateIssueEnd":"2030-01-01T00:00:00Z"})";

class trail_over_http : public testing::api_over_http {
 protected:
  boost::json::array trail(std::string_view query = {}) {
    EXPECT_EQ(ask(method::get, "/v1/actions", {}, query), 200) << x_->body;
    return said().at("items").as_array();
  }
};

TEST_F(trail_over_http, names_who_did_what_newest_first_with_before_and_after) {
  ASSERT_EQ(ask(method::post, "/v1/coupons", offer), 201) << x_->body;
  service_.issue(coupon_id{1}, user_id{42});
  ASSERT_EQ(ask(method::patch, "/v1/coupons/1", R"({"paused":true})"), 200);
  ASSERT_EQ(ask(method::post, "/v1/coupons/1/issues/42/return", R"({"reason":"cancelled"})"), 200);
  const boost::json::array items = trail();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].at("action"), "return_issue");
  EXPECT_EQ(items[0].at("userId"), 42);
  EXPECT_EQ(items[0].at("before").at("status"), "issued");
  EXPECT_EQ(items[0].at("after").at("reason"), "cancelled");
  EXPECT_EQ(items[1].at("action"), "pause_coupon");
  EXPECT_EQ(items[1].at("actor"), "admin");
  EXPECT_EQ(items[1].at("role"), "admin");
  EXPECT_EQ(items[1].at("couponId"), 1);
  EXPECT_EQ(items[1].at("before").at("paused"), false);
  EXPECT_FALSE(items[1].as_object().contains("userId"));
  EXPECT_TRUE(items[2].at("before").is_null());
  EXPECT_TRUE(items[2].at("after").is_object());
}

TEST_F(trail_over_http, does_not_name_users) {
  ASSERT_EQ(ask(method::post, "/v1/coupons", offer), 201);
  service_.issue(coupon_id{1}, user_id{42});
  ASSERT_EQ(ask(method::post, "/v1/coupons/1/issues/42/return", {}, {}, {}), 200) << x_->body;
  EXPECT_EQ(trail().size(), 1u);
}

TEST_F(trail_over_http, is_asked_for_by_coupon_and_in_pages) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(ask(method::post, "/v1/coupons", offer), 201);
  EXPECT_EQ(trail("couponId=2").size(), 1u);
  EXPECT_TRUE(trail("couponId=99").empty());
  ASSERT_EQ(trail("limit=2").size(), 2u);
  const std::string next(said().at("nextCursor").as_string());
  ASSERT_EQ(trail("limit=2&cursor=" + next).size(), 1u);
  EXPECT_TRUE(said().at("nextCursor").is_null());
  for (const char* bad : {"couponId=0", "couponId=x", "couponId=1&couponId=1", "cursor=x"})
    EXPECT_EQ(ask(method::get, "/v1/actions", {}, bad), 400) << bad;
}

TEST_F(trail_over_http, has_ids_as_text_where_ids_are_text) {
  ASSERT_EQ(ask(method::post, "/v1/coupons", offer), 201);
  write_ids_as_text(true);
  const boost::json::array items = trail();
  write_ids_as_text(false);
  EXPECT_EQ(items[0].at("couponId"), "1");
  EXPECT_EQ(items[0].at("after").at("id"), "1");
}

TEST_F(trail_over_http, a_key_that_comes_again_answers_what_was_made) {
  ASSERT_EQ(ask(method::post, "/v1/coupons", offer, {}, admin, "k"), 201);
  const std::string first = x_->body, location = x_->extra_headers;
  EXPECT_EQ(ask(method::post, "/v1/coupons", offer, {}, admin, "\"k\""), 201);
  EXPECT_EQ(x_->body, first);
  EXPECT_EQ(x_->extra_headers, location);
  std::string other(offer);
  other.replace(other.find("\"t\""), 3, "\"u\"");
  EXPECT_EQ(ask(method::post, "/v1/coupons", other, {}, admin, "k"), 422);
  EXPECT_EQ(said().at("code"), "idempotency_key_reused");
  EXPECT_EQ(ask(method::post, "/v1/coupons", other, {}, admin, "a b"), 400);
  EXPECT_EQ(service_.coupons_by_id.size(), 1u);
}

}  // namespace
}  // namespace firstcome::api
