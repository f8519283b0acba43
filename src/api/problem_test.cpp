#include "api/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <set>

namespace firstcome::api {
namespace {

namespace json = boost::json;

TEST(problem, says_type_title_status_detail_and_code) {
  const json::object body = json::parse(body_of({problem_code::sold_out, "All \"gone\"."})).as_object();
  EXPECT_EQ(body.size(), 5u);
  EXPECT_EQ(body.at("type"), "urn:firstcome:problem:sold_out");
  EXPECT_EQ(body.at("title"), "The coupon is sold out");
  EXPECT_EQ(body.at("status"), 409);
  EXPECT_EQ(body.at("detail"), "All \"gone\".");
  EXPECT_EQ(body.at("code"), "sold_out");
}

TEST(problem, has_a_code_and_a_usual_body_of_its_own_for_each_kind) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(problem_code::unavailable); ++i) {
    const auto code = static_cast<problem_code>(i);
    EXPECT_TRUE(codes.insert(describe(code).code).second);
    EXPECT_EQ(std::string_view(json::parse(usual_body_of(code)).at("code").as_string()), describe(code).code);
    EXPECT_LE(usual_body_of(code).size(), 256u);
  }
}

TEST(problem, keeps_surely_not_and_unknown_apart) {
  EXPECT_EQ(code_of(errc::overloaded), problem_code::overloaded);
  EXPECT_EQ(code_of(errc::unavailable), problem_code::unavailable);
  EXPECT_EQ(code_of(http::protocol_error::overloaded), problem_code::overloaded);
  EXPECT_EQ(code_of(http::protocol_error::unavailable), problem_code::unavailable);
}

TEST(problem, has_the_status_that_the_connection_sends_with_it) {
  using enum http::protocol_error;
  for (const auto what :
       {malformed, timed_out, length_required, body_too_large, header_too_large, overloaded, unavailable})
    EXPECT_EQ(describe(code_of(what)).status, http::status_of(what));
}

TEST(problem, spreads_those_who_come_back_over_three_seconds) {
  std::set<std::string_view> seen;
  for (int i = 0; i < 200; ++i) seen.insert(jittered_retry_after());
  EXPECT_EQ(seen, (std::set<std::string_view>{"Retry-After: 1\r\n", "Retry-After: 2\r\n", "Retry-After: 3\r\n"}));
}

}  // namespace
}  // namespace firstcome::api
