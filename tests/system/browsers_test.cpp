// Pages of other origins: what a browser asks before it asks, and what it must find in every answer (the Fetch
// standard). Without the setting, it finds nothing.

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

const std::string shop = "https://shop.example";

class browsers : public system_test {
 protected:
  static std::string preflight(const std::string& path, const std::string& origin) {
    return "OPTIONS " + path + " HTTP/1.1\r\nHost: h\r\nOrigin: " + origin +
           "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n";
  }
  http_response answer_to(const std::string& bytes) { return answer_to_bytes(server().port(), bytes).response; }
  std::string issue_from(const std::string& origin, std::int64_t user) {
    const std::string body = issue_body(user);
    return "POST " + issues_path(coupon()) + " HTTP/1.1\r\nHost: h\r\nOrigin: " + origin +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

TEST_F(browsers, hear_nothing_of_other_origins_without_the_setting) {
  EXPECT_EQ(answer_to(preflight(issues_path(coupon()), shop)).status, 405);
  const http_response issued = answer_to(issue_from(shop, next_user()));
  EXPECT_EQ(issued.status, 201) << issued;
  EXPECT_EQ(issued.header("access-control-allow-origin"), "");
}

TEST_F(browsers, may_use_the_api_from_an_origin_that_was_named) {
  start_server({.flags = {"--allow-origin", "https://other.example", "--allow-origin", shop}});
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(preflight(issues_path(coupon()), shop));
  const http_response allowed = reader.next();
  EXPECT_EQ(allowed.status, 204) << allowed;
  EXPECT_EQ(allowed.header("access-control-allow-origin"), shop);
  EXPECT_NE(allowed.header("access-control-allow-methods").find("POST"), std::string::npos);
  EXPECT_NE(allowed.header("access-control-allow-headers").find("Content-Type"), std::string::npos);
  EXPECT_NE(allowed.header("access-control-allow-headers").find("Authorization"), std::string::npos);
  EXPECT_EQ(allowed.header("access-control-max-age"), "7200");
  EXPECT_EQ(allowed.header("vary"), "Origin");
  EXPECT_EQ(allowed.header("content-length"), "");

  socket.send(issue_from(shop, next_user()));
  const http_response issued = reader.next();
  EXPECT_EQ(issued.status, 201) << issued;
  EXPECT_EQ(issued.header("access-control-allow-origin"), shop);
  EXPECT_EQ(issued.header("vary"), "Origin");
  EXPECT_NE(issued.header("access-control-expose-headers").find("Location"), std::string::npos);
  EXPECT_NE(issued.header("access-control-expose-headers").find("Retry-After"), std::string::npos);
}

TEST_F(browsers, see_refusals_too) {
  start_server({.flags = {"--allow-origin", shop}});
  const std::string from = " HTTP/1.1\r\nHost: h\r\nOrigin: " + shop + "\r\n";
  for (const std::string& request :
       {"GET /nowhere" + from + "\r\n", "POST /healthz" + from + "\r\n",
        "POST " + issues_path(coupon()) + from + "Content-Length: 5000\r\n\r\n",
        "POST " + issues_path(coupon()) + from + "Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"}) {
    const http_response refused = answer_to(request);
    EXPECT_GE(refused.status, 400) << refused;
    EXPECT_EQ(refused.header("access-control-allow-origin"), shop) << refused;
  }
}

TEST_F(browsers, of_another_origin_are_told_nothing_and_caches_that_it_matters) {
  start_server({.flags = {"--allow-origin", shop}});
  for (const char* origin : {"https://evil.example", "http://shop.example", "https://shop.example:444", "null"}) {
    const http_response refused = answer_to(preflight(issues_path(coupon()), origin));
    EXPECT_EQ(refused.status, 405) << refused;
    EXPECT_EQ(refused.header("access-control-allow-origin"), "");
    EXPECT_EQ(refused.header("vary"), "Origin");
  }
}

TEST_F(browsers, are_not_let_in_by_a_star_where_users_name_themselves) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--allow-origin", "*"},
                                                std::vector<std::string>{"--allow-origin", "https://a.example/"}}) {
    std::vector<std::string> arguments = {FIRSTCOME_BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", "unused"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const finished_child refused = run_to_end({.arguments = arguments}, std::chrono::seconds(30));
    ASSERT_TRUE(refused.status.has_value());
    EXPECT_EQ(*refused.status, exited_with(2)) << refused.err;
    EXPECT_NE(refused.err.find("--allow-origin"), std::string::npos) << refused.err;
  }
}

}  // namespace
}  // namespace firstcome::testing
