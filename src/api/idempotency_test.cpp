#include "api/idempotency.hpp"

#include <gtest/gtest.h>

namespace firstcome::api {
namespace {

coupon_draft draft_of(std::string_view body) {
  return *read_coupon_draft(body);
}

const coupon_draft sale = draft_of(
    R"({"title":"sale","totalQuantity":5,"dateIssueStart":"2026-01-01T09:00:00+09:00","dateIssueEnd":"2026-01-02T00:00:00Z"})");

std::optional<idempotency_key> key_of(std::string_view sent, const coupon_draft& draft = sale) {
  return *read_idempotency_key(sent, draft);
}

TEST(idempotency_header, is_a_key_in_quotation_marks_or_not) {
  EXPECT_EQ(key_of("abc")->key, "abc");
  EXPECT_EQ(key_of("\"abc\"")->key, "abc");
  EXPECT_EQ(key_of(std::string(255, 'k'))->key.size(), 255u);
  EXPECT_FALSE(*read_idempotency_key(std::nullopt, sale));
}

TEST(idempotency_header, is_refused_when_it_is_no_key) {
  for (const std::string& bad :
       {std::string(), std::string("\"\""), std::string("\""), std::string("a b"), std::string("\"a\"b\""),
        std::string("\tx"), std::string("\xc3\xa9"), std::string(256, 'k'), "\"" + std::string(256, 'k') + "\""}) {
    const auto read = read_idempotency_key(bad, sale);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, problem_code::malformed_request);
  }
}

TEST(idempotency_header, tells_requests_apart_by_what_they_ask_for) {
  const std::string one = key_of("k")->fingerprint;
  EXPECT_LE(one.size(), 64u);
  const coupon_draft same = draft_of(
      R"({ "dateIssueEnd":"2026-01-02T09:00:00+09:00","dateIssueStart":"2026-01-01T00:00:00.000Z","title":"sale","totalQuantity":5 })");
  EXPECT_EQ(key_of("k", same)->fingerprint, one);
  for (const auto& change : std::initializer_list<void (*)(coupon_draft&)>{
           [](coupon_draft& d) { d.title += "2"; }, [](coupon_draft& d) { d.coupon_type = "X"; },
           [](coupon_draft& d) { d.total_quantity.reset(); }, [](coupon_draft& d) { d.discount_amount = 1; },
           [](coupon_draft& d) { d.min_available_amount = 1; },
           [](coupon_draft& d) { d.window.start += std::chrono::seconds(1); },
           [](coupon_draft& d) { d.window.end += std::chrono::seconds(1); },
           [](coupon_draft& d) { d.restock = restock_rule::pool; }}) {
    coupon_draft other = sale;
    change(other);
    EXPECT_NE(key_of("k", other)->fingerprint, one);
  }
}

}  // namespace
}  // namespace firstcome::api
