// Use, undo and return over the routes.

#include <gmock/gmock.h>
#include "support/api_over_http.hpp"

namespace firstcome::api {
namespace {

using http::method;

constexpr std::string_view use_path = "/v1/coupons/1/issues/42/use";
constexpr std::string_view return_path = "/v1/coupons/1/issues/42/return";

class life_over_http : public testing::api_over_http {
 protected:
  life_over_http() {
    coupon c;
    c.id = coupon_id{1};
    c.title = "t";
    c.coupon_type = default_coupon_type;
    c.window = {clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(1)};
    service_.coupons_by_id[1] = c;
    service_.issue(c.id, user_id{42});
  }
};

TEST_F(life_over_http, the_order_that_used_it_may_ask_again_and_undo) {
  const std::string_view order = R"({"orderAmount":5,"orderId":"A-1/x"})";
  ASSERT_EQ(ask(method::post, use_path, order), 200);
  EXPECT_EQ(said("status"), "used");
  EXPECT_EQ(ask(method::post, use_path, order), 200);
  EXPECT_EQ(ask(method::post, use_path, R"({"orderAmount":5,"orderId":"A-2"})"), 409);
  EXPECT_EQ(said("code"), "already_used");
  EXPECT_EQ(ask(method::delete_, use_path, {}, "orderId=A-2"), 409);
  EXPECT_EQ(said("code"), "used_by_another_order");
  EXPECT_EQ(ask(method::delete_, use_path, {}, "orderId=A-1%2fx"), 200);
  EXPECT_EQ(said("status"), "issued");
  EXPECT_TRUE(said().at("dateUsed").is_null());
  EXPECT_EQ(ask(method::delete_, use_path, {}, "orderId=A-1%2Fx"), 200);
}

TEST_F(life_over_http, an_order_is_named_by_1_to_64_visible_characters) {
  for (const char* bad : {R"("")", R"("a b")", R"(7)", R"(null)", R"("\u0007")"})
    EXPECT_EQ(ask(method::post, use_path, R"({"orderAmount":5,"orderId":)" + std::string(bad) + "}"), 400) << bad;
  EXPECT_EQ(ask(method::post, use_path, R"({"orderAmount":5,"orderId":")" + std::string(65, 'a') + "\"}"), 400);
  EXPECT_THAT(said("detail"), ::testing::HasSubstr("orderId must be 1 to 64 visible ASCII characters"));
  for (const char* bad : {"orderId=", "orderId=a%20b", "orderId=%4", "orderId=a&orderId=a"})
    EXPECT_EQ(ask(method::delete_, use_path, {}, bad), 400) << bad;
  EXPECT_EQ(ask(method::post, use_path, R"({"orderAmount":5,"orderId":")" + std::string(64, 'a') + "\"}"), 200);
}

TEST_F(life_over_http, is_returned_by_its_user_or_by_an_operator_with_a_reason) {
  EXPECT_EQ(ask(method::post, return_path), 400);
  EXPECT_THAT(said("detail"), ::testing::HasSubstr("an operator must say why"));
  EXPECT_EQ(ask(method::post, return_path, R"({"reason":")" + std::string(201, 'a') + "\"}"), 400);
  ASSERT_EQ(ask(method::post, return_path, {}, {}, {}), 200) << x_->body;
  EXPECT_EQ(said("status"), "returned");
  const std::string first = x_->body;
  EXPECT_FALSE(said("dateReturned").empty());
  EXPECT_EQ(ask(method::post, return_path, R"({"reason":"고객 요청"})"), 200);
  EXPECT_EQ(x_->body, first);
  EXPECT_EQ(ask(method::post, use_path, R"({"orderAmount":5})"), 409);
  EXPECT_EQ(said("code"), "returned");
}

TEST_F(life_over_http, what_is_used_is_not_returned) {
  ASSERT_EQ(ask(method::post, use_path, R"({"orderAmount":5})"), 200);
  EXPECT_EQ(ask(method::post, return_path, R"({"reason":"r"})"), 409);
  EXPECT_EQ(said("code"), "already_used");
}

TEST_F(life_over_http, only_an_operator_undoes_a_use) {
  EXPECT_EQ(ask(method::delete_, use_path, {}, "orderId=A", {}), 401);
}

}  // namespace
}  // namespace firstcome::api
