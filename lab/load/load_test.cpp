#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "lab/load/closed_loop.hpp"
#include "lab/load/histogram.hpp"
#include "lab/load/request_text.hpp"
#include "lab/load/response.hpp"

namespace firstcome::load {
namespace {

TEST(histogram, reads_back_percentiles_within_two_percent) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latencies(12, 2);  // microseconds to seconds, in nanoseconds
  histogram h;
  std::vector<std::int64_t> exact;
  for (int i = 0; i < 100'000; ++i) {
    exact.push_back(static_cast<std::int64_t>(latencies(random)));
    h.record(exact.back());
  }
  std::sort(exact.begin(), exact.end());
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    const auto truth = static_cast<double>(exact[static_cast<std::size_t>(percent / 100 * 100'000) - 1]);
    EXPECT_NEAR(static_cast<double>(h.percentile(percent)), truth, truth * 0.02) << "p" << percent;
  }
  EXPECT_EQ(h.percentile(100), exact.back());
  EXPECT_EQ(h.max(), exact.back());
  EXPECT_EQ(h.count(), 100'000u);
}

TEST(histogram, is_exact_for_small_values_and_survives_extreme_ones) {
  histogram h;
  EXPECT_EQ(h.percentile(50), 0);
  for (int i = 0; i < 128; ++i) h.record(i);
  EXPECT_EQ(h.percentile(50), 63);
  h.record(-5);
  h.record(INT64_MAX);
  EXPECT_EQ(h.max(), INT64_MAX);
}

TEST(response, is_read_whole_or_not_at_all) {
  const std::string text =
      "HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\ncontent-length: 5\r\nX: y\r\n\r\nhello";
  response r;
  for (std::size_t n = 0; n < text.size(); ++n)
    ASSERT_EQ(parse_response(std::string_view(text).substr(0, n), r), parsed::partial) << n;
  const std::string and_the_next = text + "HTTP/1.1 200";
  ASSERT_EQ(parse_response(and_the_next, r), parsed::whole);
  EXPECT_EQ(r.status, 409);
  EXPECT_EQ(r.length, text.size());
  EXPECT_EQ(r.body, "hello");
  EXPECT_FALSE(r.closes);
}

TEST(response, tells_when_the_connection_ends) {
  response r;
  ASSERT_EQ(parse_response("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", r), parsed::whole);
  EXPECT_TRUE(r.closes);
}

TEST(response, in_chunks_ends_with_the_empty_one) {
  const std::string text =
      "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{\"status\":\"accepted\"}\r\n0\r\n\r\n";
  response r;
  for (std::size_t n = 0; n < text.size(); ++n)
    ASSERT_EQ(parse_response(std::string_view(text).substr(0, n), r), parsed::partial) << n;
  ASSERT_EQ(parse_response(text + "HTTP/1.1 200", r), parsed::whole);
  EXPECT_EQ(r.status, 202);
  EXPECT_EQ(r.length, text.size());
}

TEST(response, in_chunks_of_no_size_or_of_the_wrong_one_is_malformed) {
  const std::string head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  response r;
  EXPECT_EQ(parse_response(head + "x\r\nabc\r\n0\r\n\r\n", r), parsed::malformed);
  EXPECT_EQ(parse_response(head + "2\r\nabc\r\n0\r\n\r\n", r), parsed::malformed);
  EXPECT_EQ(parse_response(head + "ffffffffffffffff\r\nabc", r), parsed::malformed);
}

TEST(response, is_malformed_without_a_status_or_a_length) {
  response r;
  EXPECT_EQ(parse_response("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", r), parsed::malformed);
  EXPECT_EQ(parse_response("HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n", r), parsed::malformed);
  EXPECT_EQ(parse_response("SSH-2.0-OpenSSH_9.2p1 and more", r), parsed::malformed);
}

TEST(request_text, carries_the_user_and_the_right_length) {
  request_text text("localhost", "/v1/issue", R"({"userId":@,"couponId":7})");
  for (const std::int64_t user : {5LL, 10'000'000LL, 6LL, 9223372036854775807LL}) {
    const std::string body = R"({"userId":)" + std::to_string(user) + R"(,"couponId":7})";
    EXPECT_EQ(text.for_user(user),
              "POST /v1/issue HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              "Content-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
  }
}

TEST(request_text, names_the_user_in_the_path_too_and_carries_a_token) {
  request_text text("h", "/v1/coupons/1/issues/@/use", R"({"orderId":"A-@"})", "secret");
  EXPECT_EQ(text.for_user(7),
            "POST /v1/coupons/1/issues/7/use HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\n"
            "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"orderId\":\"A-7\"}");
  EXPECT_EQ(text.for_user(1234),
            "POST /v1/coupons/1/issues/1234/use HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\n"
            "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"orderId\":\"A-1234\"}");
}

TEST(request_text, may_name_no_user) {
  request_text text("h", "/p", "{}");
  EXPECT_TRUE(text.for_user(1).ends_with("Content-Length: 2\r\n\r\n{}"));
}

TEST(parse_url, takes_host_and_port_and_nothing_strange) {
  EXPECT_EQ(parse_url("http://127.0.0.1:8080/x").port, 8080);
  EXPECT_EQ(parse_url("http://localhost").host, "localhost");
  EXPECT_EQ(parse_url("http://localhost").port, 80);
  for (const char* wrong : {"https://a", "a:80", "http://a:port", "http://a:99999", "http://:80"})
    EXPECT_THROW(parse_url(wrong), std::invalid_argument) << wrong;
}

}  // namespace
}  // namespace firstcome::load
