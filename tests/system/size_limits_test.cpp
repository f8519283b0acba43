// How much a client may send: heads up to 8 KiB, bodies up to 4 KiB on the paths of users and 64 KiB on those of
// operators.

#include <boost/json/serialize.hpp>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

constexpr std::size_t head_max = 8 * 1024;
constexpr std::size_t issue_body_max = 4 * 1024;
constexpr std::size_t admin_body_max = 64 * 1024;

class size_limits : public system_test {
 protected:
  // A request whose head has exactly this many bytes.
  static std::string with_head_of(std::size_t size) {
    const std::string before = "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Filler: ";
    return before + std::string(size - before.size() - 4, 'x') + "\r\n\r\n";
  }

  static std::string padded(std::string json, std::size_t size) { return json + std::string(size - json.size(), ' '); }

  void expect_too_large(const std::string& bytes) {
    const raw_answer answer = answer_to_bytes(server().port(), bytes);
    EXPECT_TRUE(is_problem(answer.response, 413, "content_too_large"));
    EXPECT_TRUE(answer.closed);
  }

  std::string head_of_post(const std::string& path, std::size_t length) {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           server().admin_token() + "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  }
};

TEST_F(size_limits, a_head_of_exactly_the_limit_is_served) {
  const raw_answer answer = answer_to_bytes(server().port(), with_head_of(head_max));
  EXPECT_EQ(answer.response.status, 200) << answer.response;
}

TEST_F(size_limits, a_head_of_one_byte_more_is_refused) {
  const raw_answer answer = answer_to_bytes(server().port(), with_head_of(head_max + 1));
  EXPECT_TRUE(is_problem(answer.response, 431, "header_too_large"));
  EXPECT_TRUE(answer.closed);
}

TEST_F(size_limits, a_head_without_an_end_is_refused_once_it_is_too_large) {
  std::string head = "GET /healthz HTTP/1.1\r\nHost: h\r\n";
  while (head.size() < 100'000) head += "X-Another: header\r\n";
  const raw_answer answer = answer_to_bytes(server().port(), head);
  EXPECT_TRUE(is_problem(answer.response, 431, "header_too_large"));
  EXPECT_TRUE(answer.closed);
}

TEST_F(size_limits, a_very_long_target_or_method_is_refused) {
  const raw_answer target =
      answer_to_bytes(server().port(), "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(is_problem(target.response, 431, "header_too_large"));
  EXPECT_TRUE(target.closed);
  const raw_answer method =
      answer_to_bytes(server().port(), std::string(20'000, 'G') + " / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_GE(method.response.status, 400) << method.response;
  EXPECT_TRUE(method.closed);
}

TEST_F(size_limits, an_issue_body_of_exactly_the_limit_is_served) {
  const auto user = next_user();
  const http_response answer = server().client().post(issues_path(coupon()), padded(issue_body(user), issue_body_max));
  EXPECT_EQ(answer.status, 201) << answer;
}

TEST_F(size_limits, an_issue_body_of_one_byte_more_is_refused) {
  for (const std::string& path : {issues_path(coupon()), std::string("/v1/issue"), std::string("/v1/issue-async"),
                                  std::string("/v2/issue-async")}) {
    SCOPED_TRACE(path);
    expect_too_large(head_of_post(path, issue_body_max + 1) + padded(issue_body(7), issue_body_max + 1));
  }
}

TEST_F(size_limits, a_body_is_refused_by_its_announced_length_before_it_is_sent) {
  expect_too_large(head_of_post(issues_path(coupon()), issue_body_max + 1));
  expect_too_large(head_of_post(issues_path(coupon()), 18'446'744'073'709'551'615U));
  expect_too_large(head_of_post("/v1/coupons", 9'223'372'036'854'775'807U));
}

TEST_F(size_limits, operators_may_send_up_to_64_kib) {
  const std::string json = boost::json::serialize(to_json({}));
  const http_response answer = server().admin().post("/v1/coupons", padded(json, admin_body_max));
  EXPECT_EQ(answer.status, 201) << answer;
  expect_too_large(head_of_post("/v1/coupons", admin_body_max + 1) + padded(json, admin_body_max + 1));
}

TEST_F(size_limits, the_larger_bodies_are_for_who_has_shown_the_token) {
  for (const char* authorization : {"", "Authorization: Bearer wrong\r\n"})
    expect_too_large("POST /v1/coupons HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" +
                     std::string(authorization) + "Content-Length: 5000\r\n\r\n");
}

TEST_F(size_limits, the_limit_of_heads_can_be_raised) {
  start_server({.flags = {"--max-header-bytes", "65536"}});
  EXPECT_EQ(answer_to_bytes(server().port(), with_head_of(65536)).response.status, 200);
  const raw_answer answer = answer_to_bytes(server().port(), with_head_of(65537));
  EXPECT_TRUE(is_problem(answer.response, 431, "header_too_large"));
}

TEST_F(size_limits, a_body_that_goes_on_after_its_length_is_the_next_request) {
  raw_socket socket(server().port());
  socket.send(to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user())}) +
              "rubbish\r\n\r\n");
  response_reader reader(socket);
  EXPECT_EQ(reader.next().status, 201);
  EXPECT_TRUE(is_problem(reader.next(), 400, "malformed_request"));
}

}  // namespace
}  // namespace firstcome::testing
