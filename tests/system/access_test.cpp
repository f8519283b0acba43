// Who may ask for what, by which method and in which content type.

#include <algorithm>
#include <sstream>
#include <vector>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

class access : public system_test {
 protected:
  http_response ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return server().client().ask({.method = method, .target = target, .body = body});
  }

  static std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
      part.erase(std::remove(part.begin(), part.end(), ' '), part.end());
      parts.push_back(part);
    }
    return parts;
  }
};

TEST_F(access, a_wrong_method_hears_405_and_which_ones_there_are) {
  const std::string id = std::to_string(coupon());
  const std::vector<std::pair<std::string, std::vector<std::string>>> routes = {
      {"/v1/coupons", {"GET", "POST"}},
      {"/v1/coupons/" + id, {"GET", "PATCH"}},
      {"/v1/coupons/" + id + "/issues", {"GET", "POST"}},
      {"/v1/coupons/" + id + "/issues/1", {"GET"}},
      {"/v1/coupons/" + id + "/issues/1/use", {"POST", "DELETE"}},
      {"/v1/coupons/" + id + "/issues/1/return", {"POST"}},
      {"/v1/coupons/" + id + "/live", {"GET"}},
      {"/v1/users/1/issues", {"GET"}},
      {"/v1/issue", {"POST"}},
      {"/v1/issue-async", {"POST"}},
      {"/v2/issue-async", {"POST"}},
      {"/v1/rehearsals", {"POST"}},
      {"/healthz", {"GET"}},
      {"/readyz", {"GET"}},
      {"/metrics", {"GET"}},
      {"/openapi.json", {"GET"}},
  };
  for (const auto& [path, methods] : routes) {
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"}) {
      if (std::find(methods.begin(), methods.end(), method) != methods.end()) continue;
      SCOPED_TRACE(method + " " + path);
      const http_response answer = server().admin().ask({.method = method, .target = path});
      EXPECT_TRUE(is_problem(answer, 405, ""));
      const std::vector<std::string> allowed = split_list(answer.header("allow"));
      for (const std::string& one : methods)
        EXPECT_NE(std::find(allowed.begin(), allowed.end(), one), allowed.end()) << "Allow: " << answer.header("allow");
      EXPECT_EQ(std::find(allowed.begin(), allowed.end(), method), allowed.end());
    }
  }
}

TEST_F(access, an_unknown_path_hears_404) {
  for (const char* path : {"/v1", "/v1/", "/v3/coupons", "/v1/coupons/", "/v1/coupons/1/", "/v1/coupons/1/issues/",
                           "/v1/coupons/1/issues/1/use/more", "/healthz/", "//healthz", "/HEALTHZ", "/v1/../healthz",
                           "/%68ealthz", "/v1/coupons/1/orders"})
    EXPECT_TRUE(is_problem(ask("GET", path), 404, "not_found")) << path;
}

TEST_F(access, an_id_in_the_path_that_is_none_is_refused) {
  for (const char* id : {"0", "-1", "+1", "1.0", "1e2", "0x1", "01a", "abc", "9223372036854775808",
                         "99999999999999999999", "%31", "1%00", "NaN"}) {
    SCOPED_TRACE(id);
    const std::string coupon = std::string("/v1/coupons/") + id;
    EXPECT_TRUE(is_problem(ask("GET", coupon), 400, "malformed_request"));
    EXPECT_TRUE(is_problem(ask("POST", coupon + "/issues", issue_body(1)), 400, "malformed_request"));
    EXPECT_TRUE(is_problem(ask("GET", std::string("/v1/users/") + id + "/issues"), 400, "malformed_request"));
  }
}

TEST_F(access, an_unknown_coupon_hears_404) {
  for (const char* id : {"999999", "9223372036854775807"}) {
    const std::string path = std::string("/v1/coupons/") + id;
    EXPECT_TRUE(is_problem(ask("GET", path), 404, "coupon_not_found"));
    EXPECT_TRUE(is_problem(ask("POST", path + "/issues", issue_body(1)), 404, "coupon_not_found"));
    EXPECT_TRUE(is_problem(ask("GET", path + "/issues/1"), 404, "coupon_not_found"));
    EXPECT_TRUE(is_problem(server().admin().get(path + "/issues"), 404, "coupon_not_found"));
    EXPECT_TRUE(is_problem(server().admin().patch(path, R"({"paused":true})"), 404, "coupon_not_found"));
    EXPECT_TRUE(
        is_problem(server().admin().post(path + "/issues/1/use", R"({"orderAmount":1})"), 404, "coupon_not_found"));
  }
}

TEST_F(access, operators_calls_need_the_token) {
  const std::string id = std::to_string(coupon());
  const std::vector<http_request> calls = {
      {.method = "POST", .target = "/v1/coupons", .body = R"({"title":"x"})"},
      {.method = "PATCH", .target = "/v1/coupons/" + id, .body = R"({"paused":true})"},
      {.method = "GET", .target = "/v1/coupons/" + id + "/issues"},
      {.method = "POST", .target = "/v1/coupons/" + id + "/issues/1/use", .body = R"({"orderAmount":1})"},
  };
  const std::string token = server().admin_token();
  ASSERT_GE(token.size(), 16U);
  std::string wrong_at_the_end = token;
  wrong_at_the_end.back() = wrong_at_the_end.back() == 'a' ? 'b' : 'a';
  for (http_request call : calls) {
    SCOPED_TRACE(call.method + " " + call.target);
    const http_response without = server().client().ask(call);
    EXPECT_TRUE(is_problem(without, 401, "unauthorized"));
    EXPECT_NE(without.header("www-authenticate"), "") << "RFC 9110 wants a challenge with every 401";
    for (const std::string& value :
         {"Bearer " + wrong_at_the_end, "Bearer " + token + "x", "Bearer " + token.substr(1), std::string("Bearer "),
          std::string("Bearer"), token, "Basic " + token, "Bearer  " + token + " x", std::string("Bearer null")}) {
      call.more_headers = "Authorization: " + value + "\r\n";
      EXPECT_TRUE(is_problem(server().client().ask(call), 401, "unauthorized")) << value;
    }
  }
  EXPECT_EQ(show_coupon(server(), coupon()).at("paused").as_bool(), false);
}

TEST_F(access, two_authorizations_are_refused) {
  const std::string token = server().admin_token();
  const http_response answer =
      server().client().ask({.method = "PATCH",
                             .target = "/v1/coupons/" + std::to_string(coupon()),
                             .body = R"({"paused":true})",
                             .more_headers = "Authorization: Bearer " + token + "\r\nAuthorization: Bearer x\r\n"});
  EXPECT_TRUE(answer.status == 400 || answer.status == 401) << answer;
}

TEST_F(access, bodies_must_be_declared_as_json) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonx",
                           "multipart/form-data; boundary=x", "json", ""}) {
    SCOPED_TRACE(type);
    http_request call{
        .method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user()), .content_type = type};
    EXPECT_TRUE(is_problem(server().client().ask(call), 415, ""));
    call.target = "/v1/coupons";
    EXPECT_TRUE(is_problem(server().admin().ask(call), 415, ""));
  }
  for (const char* type : {"application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"}) {
    const http_response answer = server().client().ask(
        {.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user()), .content_type = type});
    EXPECT_EQ(answer.status, 201) << type << answer;
  }
}

TEST_F(access, head_answers_like_get_without_a_body) {
  for (const std::string& target :
       {std::string("/healthz"), "/v1/coupons/" + std::to_string(coupon()), std::string("/openapi.json")}) {
    SCOPED_TRACE(target);
    raw_socket socket(server().port());
    response_reader reader(socket);
    socket.send(to_bytes({.method = "HEAD", .target = target}) + to_bytes({.target = target}));
    const http_response head = reader.next(patience, true);
    const http_response get = reader.next();
    EXPECT_EQ(head.status, 200) << head;
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(get.status, 200) << get;
    EXPECT_EQ(head.header("content-type"), get.header("content-type"));
    EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  }
}

TEST_F(access, queries_of_lists_are_checked) {
  for (const char* query :
       {"limit=0", "limit=1001", "limit=-1", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=2", "cursor=%00",
        "cursor=!!!", "cursor=99999999999999999999999", "limit=99999999999999999999"}) {
    SCOPED_TRACE(query);
    EXPECT_TRUE(is_problem(ask("GET", std::string("/v1/coupons?") + query), 400, "malformed_request"));
    EXPECT_TRUE(is_problem(ask("GET", std::string("/v1/users/1/issues?") + query), 400, "malformed_request"));
    EXPECT_TRUE(is_problem(server().admin().get(issues_path(coupon()) + "?" + query), 400, "malformed_request"));
  }
  EXPECT_EQ(ask("GET", "/v1/coupons?limit=1000").status, 200);
}

}  // namespace
}  // namespace firstcome::testing
