#include "api/bodies.hpp"

#include <gtest/gtest.h>

namespace firstcome::api {
namespace {

constexpr const char* id_refusal =
    "userId must be a whole number from 1 to 9223372036854775807, or the same as decimal text.";

template <class T>
void expect_refused(const reading<T>& read, problem_code code, std::string_view detail) {
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(describe(read.error().code).code, describe(code).code);
  EXPECT_EQ(read.error().detail, detail);
}

std::string draft_with(std::string_view members) {
  return R"({"title":"t","dateIssueStart":"2026-01-01T00:00:00Z","dateIssueEnd":"2026-02-01T00:00:00Z")" +
         std::string(members) + "}";
}

TEST(issue_body, names_the_user) {
  EXPECT_EQ(*read_issue_body(R"({"userId":42})"), static_cast<user_id>(42));
  EXPECT_EQ(*read_issue_body(R"({"userId":9223372036854775807,"x":1})"), static_cast<user_id>(id_max));
  EXPECT_EQ(*read_issue_body(R"({"userId":"9007199254740993"})"), static_cast<user_id>(9007199254740993));
  EXPECT_EQ(*read_issue_body(R"({"userId":"9223372036854775807"})"), static_cast<user_id>(id_max));
  EXPECT_EQ(*read_issue_body("{}"), std::nullopt);
}

TEST(issue_body, refuses_what_is_not_an_id) {
  for (const char* id : {"0", "-1", "1.0", "1e3", "9223372036854775808", "\"0\"", "\"-1\"", "\"01\"", "\"+1\"",
                         "\" 1\"", "\"1.0\"", "\"1e3\"", "\"\"", "\"9223372036854775808\"", "true", "null"})
    expect_refused(read_issue_body(R"({"userId":)" + std::string(id) + "}"), problem_code::malformed_request,
                   id_refusal);
}

TEST(original_issue_body, names_coupon_and_user) {
  const auto read = read_original_issue_body(R"({"userId":1,"couponId":2})");
  EXPECT_EQ(read->user, static_cast<user_id>(1));
  EXPECT_EQ(read->coupon, static_cast<coupon_id>(2));
  expect_refused(
      read_original_issue_body(R"({"userId":1})"), problem_code::malformed_request,
      "couponId is missing: it must be a whole number from 1 to 9223372036854775807, or the same as decimal text.");
}

TEST(use_body, is_an_amount) {
  EXPECT_EQ(read_use_body(R"({"orderAmount":0})")->order_amount, 0);
  EXPECT_EQ(read_use_body(R"({"orderAmount":2147483647})")->order_amount, quantity_max);
  for (const char* amount : {"10000.0", "1e4", "1E+4", "100000e-1", "0.1e5", "\"10000\"", "10000.00"})
    EXPECT_EQ(read_use_body(R"({"orderAmount":)" + std::string(amount) + "}")->order_amount, 10000) << amount;
  for (const char* zero : {"-0", "-0.0", "0e9", "0.000", "\"0\""})
    EXPECT_EQ(read_use_body(R"({"orderAmount":)" + std::string(zero) + "}")->order_amount, 0) << zero;
  for (const char* body :
       {R"({"orderAmount":-1})", R"({"orderAmount":2147483648})", R"({"orderAmount":1.5})", R"({"orderAmount":-1.0})",
        R"({"orderAmount":2147483648.0})", R"({"orderAmount":1e300})", R"({"orderAmount":1e-1})",
        R"({"orderAmount":10000.00000000000000000000001})", R"({"orderAmount":"10000.0"})", R"({"orderAmount":"-1"})",
        R"({"orderAmount":""})", R"({"orderAmount":"007"})", R"({"orderAmount":null})"})
    expect_refused(read_use_body(body), problem_code::malformed_request,
                   "orderAmount must be a whole number from 0 to 2147483647, or the same as decimal text.");
  expect_refused(
      read_use_body("{}"), problem_code::malformed_request,
      "orderAmount is missing: it must be a whole number from 0 to 2147483647, or the same as decimal text.");
  expect_refused(read_use_body(""), problem_code::malformed_request,
                 "The body must be a JSON object with orderAmount, orderId; it is empty.");
}

TEST(coupon_body, has_defaults_for_what_may_be_left_out) {
  const auto draft = read_coupon_draft(draft_with(""));
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(draft->title, "t");
  EXPECT_EQ(draft->coupon_type, default_coupon_type);
  EXPECT_EQ(draft->total_quantity, std::nullopt);
  EXPECT_EQ(draft->discount_amount, 0);
}

TEST(coupon_body, takes_every_member) {
  const auto draft = read_coupon_draft(
      draft_with(R"(,"couponType":"X","totalQuantity":500,"discountAmount":1000,"minAvailableAmount":30000)"));
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(draft->coupon_type, "X");
  EXPECT_EQ(draft->total_quantity, 500);
  EXPECT_EQ(draft->discount_amount, 1000);
  EXPECT_EQ(draft->min_available_amount, 30000);
  EXPECT_EQ(to_rfc3339(draft->window.end), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(read_coupon_draft(draft_with(R"(,"totalQuantity":null)"))->total_quantity, std::nullopt);
  EXPECT_EQ(read_coupon_draft(draft_with(""))->total_quantity, std::nullopt) << "left out: unlimited";
  EXPECT_FALSE(read_coupon_draft(draft_with(R"(,"totalQuantitty":500)"))) << "misspelt: not unlimited";
}

TEST(coupon_body, a_value_of_the_wrong_kind_is_malformed) {
  for (const char* members : {R"(,"totalQuantity":"5")", R"(,"totalQuantity":1.0)", R"(,"discountAmount":null)",
                              R"(,"couponType":7)", R"(,"minAvailableAmount":true)"})
    EXPECT_EQ(read_coupon_draft(draft_with(members)).error().code, problem_code::malformed_request) << members;
  EXPECT_EQ(read_coupon_draft(R"({"title":"t","dateIssueStart":"tomorrow","dateIssueEnd":"2026-02-01T00:00:00Z"})")
                .error()
                .code,
            problem_code::malformed_request);
}

TEST(coupon_body, a_value_out_of_range_is_an_invalid_coupon) {
  for (const char* members : {R"(,"totalQuantity":0)", R"(,"totalQuantity":-1)", R"(,"totalQuantity":2147483648)",
                              R"(,"totalQuantity":9223372036854775808)", R"(,"discountAmount":-1)",
                              R"(,"minAvailableAmount":2147483648)", R"(,"couponType":"")", R"(,"totalQuantitiy":5)"})
    EXPECT_EQ(read_coupon_draft(draft_with(members)).error().code, problem_code::invalid_coupon) << members;
}

TEST(coupon_body, without_a_title_or_window_is_an_invalid_coupon) {
  expect_refused(read_coupon_draft("{}"), problem_code::invalid_coupon, "title is missing.");
  expect_refused(read_coupon_draft(R"({"title":"t","dateIssueStart":"2026-01-01T00:00:00Z"})"),
                 problem_code::invalid_coupon, "dateIssueEnd is missing.");
  expect_refused(read_coupon_draft(
                     R"({"title":"t","dateIssueStart":"2026-01-01T00:00:00Z","dateIssueEnd":"2026-01-01T00:00:00Z"})"),
                 problem_code::invalid_coupon, "dateIssueEnd must be after dateIssueStart.");
}

TEST(change_body, names_only_what_changes) {
  EXPECT_TRUE(read_coupon_change("{}")->empty());
  const auto change = read_coupon_change(R"({"paused":true,"totalQuantity":null})");
  EXPECT_EQ(change->paused, true);
  ASSERT_TRUE(change->total_quantity.has_value());
  EXPECT_EQ(*change->total_quantity, std::nullopt);
  EXPECT_FALSE(change->title);
  EXPECT_EQ(*read_coupon_change(R"({"totalQuantity":7})")->total_quantity, 7);
}

TEST(change_body, refuses_members_that_cannot_change) {
  expect_refused(read_coupon_change(R"({"couponType":"X"})"), problem_code::invalid_coupon,
                 "A coupon has no member couponType that could be set here.");
  EXPECT_EQ(read_coupon_change(R"({"paused":null})").error().code, problem_code::malformed_request);
}

}  // namespace
}  // namespace firstcome::api
