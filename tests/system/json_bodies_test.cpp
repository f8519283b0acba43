// What stands in a body: anything but exactly what the contract says is refused, and changes nothing.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>
#include <vector>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::string_literals;

class json_bodies : public system_test {
 protected:
  void expect_malformed(const std::string& path, const std::string& body) {
    SCOPED_TRACE(path + " " + body.substr(0, 200));
    EXPECT_TRUE(is_problem(server().admin().post(path, body), 400, "malformed_request"));
  }

  std::int64_t issued() { return show_coupon(server(), coupon()).at("issuedQuantity").as_int64(); }

  static std::string deeply_nested(const std::string& member, std::size_t depth) {
    return "{\"" + member + "\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  }
};

// Ids as they must not be; each would be user 1 or 100 to a parser that is lenient.
const std::vector<std::string> bad_ids = {"0",
                                          "-1",
                                          "-0",
                                          "1.0",
                                          "1.5",
                                          "1e0",
                                          "1e2",
                                          "1E2",
                                          "0.1e1",
                                          "01",
                                          "+1",
                                          "9223372036854775808",
                                          "18446744073709551617",
                                          "1e400",
                                          "99999999999999999999999999999999",
                                          "\"01\"",
                                          "\"1.0\"",
                                          "\" 1\"",
                                          "\"9223372036854775808\"",
                                          "null",
                                          "true",
                                          "[1]",
                                          "{}",
                                          "[]",
                                          "\"\"",
                                          "NaN",
                                          "Infinity",
                                          "0x1"};

TEST_F(json_bodies, user_ids_that_are_none_are_refused) {
  for (const std::string& id : bad_ids) expect_malformed(issues_path(coupon()), "{\"userId\":" + id + "}");
  EXPECT_EQ(issued(), 0);
}

TEST_F(json_bodies, the_largest_and_the_smallest_id_are_served) {
  for (const std::int64_t user : {std::int64_t{1}, std::int64_t{9'223'372'036'854'775'807}}) {
    const http_response answer = ask_for_issue(server(), coupon(), user);
    EXPECT_EQ(answer.status, 201) << answer;
    EXPECT_EQ(answer.number("userId"), user);
  }
}

TEST_F(json_bodies, an_id_may_be_decimal_text_for_clients_whose_numbers_end_at_2_to_the_53) {
  constexpr std::int64_t past_doubles = 9'007'199'254'740'993;
  const http_response first = server().client().post(issues_path(coupon()), R"({"userId":"9007199254740993"})");
  EXPECT_EQ(first.status, 201) << first;
  EXPECT_EQ(first.number("userId"), past_doubles);
  EXPECT_EQ(ask_for_issue(server(), coupon(), past_doubles).status, 200) << "the same user as by the number";
  const http_response original =
      server().client().post("/v1/issue", R"({"userId":"7","couponId":")" + std::to_string(coupon()) + "\"}");
  EXPECT_EQ(original.body, R"({"isSuccess":true})");
}

TEST_F(json_bodies, answers_carry_ids_as_text_where_the_node_was_told_so) {
  start_server({.flags = {"--ids", "string"}});
  const boost::json::value created =
      boost::json::parse(server().admin().post("/v1/coupons", boost::json::serialize(to_json({}))).body);
  ASSERT_TRUE(created.at("id").is_string()) << created;
  const std::string path = "/v1/coupons/" + std::string(created.at("id").as_string()) + "/issues";
  const http_response issued = server().client().post(path, R"({"userId":"9007199254740993"})");
  EXPECT_EQ(issued.status, 201) << issued;
  EXPECT_EQ(issued.text("userId"), "9007199254740993");
  EXPECT_EQ(issued.text("couponId"), created.at("id").as_string());
  const auto document = boost::json::parse(server().client().get("/openapi.json").body);
  EXPECT_EQ(document.at_pointer("/components/schemas/Id/type"), "string");
  start_server();  // what every test ends with reads ids as numbers
}

TEST_F(json_bodies, an_amount_may_be_written_with_a_point_or_an_exponent_and_an_order_amount_as_text) {
  boost::json::object wish = to_json({});
  wish.erase("discountAmount");
  wish.erase("minAvailableAmount");
  const std::string rest = boost::json::serialize(wish).substr(1);
  const http_response made =
      server().admin().post("/v1/coupons", R"({"discountAmount":1000.0,"minAvailableAmount":1e4,)" + rest);
  ASSERT_EQ(made.status, 201) << made;
  EXPECT_EQ(made.number("discountAmount"), 1000);
  EXPECT_EQ(made.number("minAvailableAmount"), 10000);
  std::int64_t user = 500;
  for (const char* amount : {"10000.0", "1e4", "\"10000\""}) {
    ASSERT_EQ(ask_for_issue(server(), made.number("id"), ++user).status, 201);
    const std::string use = issue_path(made.number("id"), user) + "/use";
    EXPECT_EQ(server().admin().post(use, "{\"orderAmount\":" + std::string(amount) + "}").status, 200) << amount;
  }
}

TEST_F(json_bodies, duplicate_keys_are_refused_however_they_are_spelt) {
  for (const char* body : {R"({"userId":1,"userId":1})", R"({"userId":1,"userId":2})",
                           R"({"userId":1,"user\u0049d":2})", R"({"user\u0049d":1,"\u0075serId":1})"})
    expect_malformed(issues_path(coupon()), body);
  expect_malformed("/v1/issue", R"({"userId":1,"couponId":1,"couponId":1})");
  std::string coupon_json = boost::json::serialize(to_json({}));
  coupon_json.insert(1, R"("title":"another",)");
  expect_malformed("/v1/coupons", coupon_json);
  EXPECT_EQ(issued(), 0);
}

TEST_F(json_bodies, an_escaped_key_is_the_key) {
  const http_response answer = server().client().post(issues_path(coupon()), R"({"user\u0049d":77})");
  EXPECT_EQ(answer.status, 201) << answer;
}

TEST_F(json_bodies, text_that_is_not_one_json_object_is_refused) {
  for (const std::string& body : {""s,
                                  " "s,
                                  "{"s,
                                  "}"s,
                                  "[]"s,
                                  "[{\"userId\":1}]"s,
                                  "1"s,
                                  "\"userId\""s,
                                  "null"s,
                                  "true"s,
                                  "{userId:1}"s,
                                  "{'userId':1}"s,
                                  "{\"userId\":1,}"s,
                                  "{\"userId\" 1}"s,
                                  "{\"userId\":}"s,
                                  "{\"userId\":1"s,
                                  "{\"userId\":1}}"s,
                                  "{\"userId\":1} x"s,
                                  "{\"userId\":1}{\"userId\":2}"s,
                                  "// c\n{\"userId\":1}"s,
                                  "{\"userId\":1/*c*/}"s,
                                  "\xef\xbb\xbf{\"userId\":1}"s,
                                  "{\"userId\":1}\0"s,
                                  "{\"userId\":\0001}"s,
                                  "\0"s,
                                  "userId=1"s,
                                  "{}"s,
                                  "{\"userid\":1}"s,
                                  "{\"USERID\":1}"s,
                                  "{\" userId\":1}"s})
    expect_malformed(issues_path(coupon()), body);
  EXPECT_EQ(issued(), 0);
}

TEST_F(json_bodies, invalid_utf_8_is_refused) {
  for (const std::string& bad : {"\xff"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xe2\x82"s, "\x80"s}) {
    expect_malformed(issues_path(coupon()), "{\"userId\":1,\"" + bad + "\":1}");
    boost::json::object wish = to_json({});
    wish["title"] = bad;
    expect_malformed("/v1/coupons", boost::json::serialize(wish));
  }
  expect_malformed("/v1/coupons", R"({"title":"\ud800","totalQuantity":1})");
}

TEST_F(json_bodies, deep_nesting_is_refused) {
  for (const std::size_t depth : {1, 31, 32, 33, 1000, 2000})
    expect_malformed(issues_path(coupon()), deeply_nested("userId", depth));
  for (const std::size_t depth : {33, 30'000}) expect_malformed("/v1/coupons", deeply_nested("title", depth));
}

TEST_F(json_bodies, the_original_services_bodies_are_checked_alike) {
  const std::string id = std::to_string(coupon());
  for (const char* path : {"/v1/issue", "/v1/issue-async", "/v2/issue-async"}) {
    for (const std::string& bad : bad_ids) {
      expect_malformed(path, "{\"userId\":" + bad + ",\"couponId\":" + id + "}");
      expect_malformed(path, "{\"userId\":1,\"couponId\":" + bad + "}");
    }
    expect_malformed(path, "{\"userId\":1}");
    expect_malformed(path, "{\"couponId\":" + id + "}");
  }
  EXPECT_EQ(issued(), 0);
}

TEST_F(json_bodies, members_of_a_coupon_of_the_wrong_kind_are_refused) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> wrong = {
      {"title", {"1", "null", "[]", "{}", "true"}},
      {"couponType", {"1", "null", "[]"}},
      {"totalQuantity", {"1.5", "1e2", "\"5\"", "true", "[]", "1e400"}},
      {"discountAmount", {"1.5", "\"5\"", "null"}},
      {"minAvailableAmount", {"1.5", "\"5\"", "null"}},
      {"dateIssueStart",
       {"1", "null", "\"\"", "\"yesterday\"", "\"2024-01-01\"", "\"2024-01-01T00:00:00\"", "\"2024-13-01T00:00:00Z\"",
        "\"2024-02-30T00:00:00Z\"", "\"2024-01-01T25:00:00Z\"", "\"2024-01-01T00:00:00Zx\"",
        "\"99999-01-01T00:00:00Z\""}},
      {"dateIssueEnd", {"1", "null", "\"2024-01-01T00:00:60Z\"", "\"2024-01-01 \""}},
  };
  const std::set<std::string> not_changeable = {"couponType", "discountAmount", "minAvailableAmount"};
  for (const auto& [member, values] : wrong) {
    for (const char* value : values) {
      boost::json::object wish = to_json({});
      wish.erase(member);
      const std::string rest = boost::json::serialize(wish);
      const std::string body = "{\"" + std::string(member) + "\":" + value + "," + rest.substr(1);
      expect_malformed("/v1/coupons", body);
      SCOPED_TRACE(body);
      if (not_changeable.contains(member)) continue;
      const std::string change = "{\"" + std::string(member) + "\":" + value + "}";
      const http_response changed = server().admin().patch("/v1/coupons/" + std::to_string(coupon()), change);
      EXPECT_TRUE(is_problem(changed, 400, "malformed_request"));
    }
  }
}

TEST_F(json_bodies, a_coupon_that_makes_no_sense_is_refused) {
  const std::string too_long = "\"" + std::string(256, 'x') + "\"";
  const std::vector<std::pair<std::string, std::string>> senseless = {
      {"totalQuantity", "2147483648"},
      {"totalQuantity", "-2147483649"},
      {"discountAmount", "2147483648"},
      {"minAvailableAmount", "2147483648"},
      {"title", "\"\""},
      {"title", too_long},
      {"totalQuantity", "-1"},
      {"discountAmount", "-1"},
      {"minAvailableAmount", "-1"},
      {"dateIssueEnd", "\"2000-01-01T00:00:00Z\""},
  };
  for (const auto& [member, value] : senseless) {
    boost::json::object wish = to_json({});
    wish[member] = boost::json::parse(value);
    EXPECT_TRUE(is_problem(server().admin().post("/v1/coupons", boost::json::serialize(wish)), 422, "invalid_coupon"))
        << wish;
  }
  for (const char* member : {"couponType", "discountAmount", "minAvailableAmount", "id", "issuedQuantity", "titel"})
    EXPECT_TRUE(is_problem(change_coupon(server(), coupon(), {{member, 1}}), 422, "invalid_coupon")) << member;
  const http_response reversed = change_coupon(server(), coupon(), {{"dateIssueEnd", "2000-01-01T00:00:00Z"}});
  EXPECT_TRUE(is_problem(reversed, 422, "invalid_coupon"));
}

TEST_F(json_bodies, order_amounts_that_are_none_are_refused) {
  const std::int64_t user = next_user();
  ASSERT_EQ(ask_for_issue(server(), coupon(), user).status, 201);
  const std::string path = issue_path(coupon(), user) + "/use";
  for (const char* amount : {"-1", "1.5", "1e-2", "\"1.0\"", "\"-1\"", "null", "2147483648", "1e300", "[]"})
    expect_malformed(path, std::string("{\"orderAmount\":") + amount + "}");
  expect_malformed(path, "{}");
  EXPECT_EQ(server().client().get(issue_path(coupon(), user)).text("status"), "issued");
}

}  // namespace
}  // namespace firstcome::testing
