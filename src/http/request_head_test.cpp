#include "http/request_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firstcome::http {
namespace {

head_outcome outcome_of(const std::string& text) {
  request_head head;
  return read_request_head(text, head).outcome;
}

TEST(request_head, is_read_in_place) {
  const std::string text =
      "POST /v1/coupons/7/issues?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer t\r\nContent-Length: 12\r\n\r\n{\"userId\":1}";
  request_head head;
  const head_reading reading = read_request_head(text, head);
  ASSERT_EQ(reading.outcome, head_outcome::complete);
  EXPECT_EQ(reading.size, text.size() - 12);
  EXPECT_EQ(head.method, boost::beast::http::verb::post);
  EXPECT_EQ(head.path, "/v1/coupons/7/issues");
  EXPECT_EQ(head.query, "a=b");
  EXPECT_EQ(head.content_type, "application/json");
  EXPECT_EQ(head.authorization, "Bearer t");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_GE(head.path.data(), text.data());
  EXPECT_LT(head.path.data(), text.data() + text.size());
}

TEST(request_head, needs_more_at_every_byte_before_its_end) {
  const std::string text = "GET /healthz HTTP/1.1\r\nHost: a.example:80\r\n\r\n";
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_EQ(outcome_of(text.substr(0, n)), head_outcome::need_more) << n;
  EXPECT_EQ(outcome_of(text), head_outcome::complete);
}

TEST(request_head, accepts_the_absolute_form) {
  request_head head;
  const std::string text = "GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n";
  ASSERT_EQ(read_request_head(text, head).outcome, head_outcome::complete);
  EXPECT_EQ(head.path, "/x");
  EXPECT_EQ(head.query, "y");
}

TEST(request_head, lets_http_1_0_go_without_a_host_and_without_keeping_alive) {
  request_head head;
  ASSERT_EQ(read_request_head("GET / HTTP/1.0\r\n\r\n", head).outcome, head_outcome::complete);
  EXPECT_FALSE(head.keep_alive);
  ASSERT_EQ(read_request_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", head).outcome,
            head_outcome::complete);
  EXPECT_TRUE(head.keep_alive);
}

struct refused_head {
  const char* why;
  std::string text;
};

class refused_heads : public ::testing::TestWithParam<refused_head> {};

TEST_P(refused_heads, are_malformed) {
  EXPECT_EQ(outcome_of(GetParam().text), head_outcome::malformed);
}

const std::string get = "GET / HTTP/1.1\r\n";
const std::string host = "Host: x\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";

INSTANTIATE_TEST_SUITE_P(
    request_head, refused_heads,
    ::testing::Values(refused_head{"no_host", get + "\r\n"}, refused_head{"two_hosts", get + host + host + "\r\n"},
                      refused_head{"empty_host", get + "Host:\r\n\r\n"},
                      refused_head{"host_with_path", get + "Host: a/b\r\n\r\n"},
                      refused_head{"host_with_user", get + "Host: a@b\r\n\r\n"},
                      refused_head{"chunked_twice", get + host + chunked + chunked + "\r\n"},
                      refused_head{"chunked_list", get + host + "Transfer-Encoding: chunked, chunked\r\n\r\n"},
                      refused_head{"chunked_last", get + host + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
                      refused_head{"chunked_first", get + host + "Transfer-Encoding: chunked, identity\r\n\r\n"},
                      refused_head{"chunked_quoted", get + host + "Transfer-Encoding: \"chunked\"\r\n\r\n"},
                      refused_head{"chunked_parameter", get + host + "Transfer-Encoding: chunked;a=b\r\n\r\n"},
                      refused_head{"chunked_folded", get + host + "Transfer-Encoding:\r\n chunked\r\n\r\n"},
                      refused_head{"chunked_and_length", get + host + chunked + "Content-Length: 1\r\n\r\n"},
                      refused_head{"length_and_chunked", get + host + "Content-Length: 1\r\n" + chunked + "\r\n"},
                      refused_head{"identity_and_length",
                                   get + host + "Content-Length: 1\r\n" + "Transfer-Encoding: identity\r\n\r\n"},
                      refused_head{"two_lengths", get + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
                      refused_head{"length_list", get + host + "Content-Length: 1, 1\r\n\r\n"},
                      refused_head{"length_sign", get + host + "Content-Length: +1\r\n\r\n"},
                      refused_head{"length_negative", get + host + "Content-Length: -1\r\n\r\n"},
                      refused_head{"length_huge", get + host + "Content-Length: 18446744073709551616\r\n\r\n"},
                      refused_head{"folded", get + host + "Content-Type: a\r\n b\r\n\r\n"},
                      refused_head{"space_before_colon", get + "Host : x\r\n\r\n"},
                      refused_head{"bare_line_feed", "GET / HTTP/1.1\nHost: x\n\n"},
                      refused_head{"nul", get + std::string("Host: a\0b\r\n\r\n", 13)},
                      refused_head{"http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
                      refused_head{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"},
                      refused_head{"connect", "CONNECT a.example:80 HTTP/1.1\r\nHost: x\r\n\r\n"},
                      refused_head{"two_tokens", get + host + "Authorization: a\r\nAuthorization: b\r\n\r\n"},
                      refused_head{"garbage", "\x16\x03\x01\x02\x00\x01"}),
    [](const auto& one) { return std::string(one.param.why); });

TEST(request_head, may_announce_a_body_in_chunks) {
  request_head head;
  for (const char* encoding : {"chunked", "Chunked", "  CHUNKED  "}) {
    const std::string text = get + host + "Transfer-Encoding: " + encoding + "\r\n\r\n";
    ASSERT_EQ(read_request_head(text, head).outcome, head_outcome::complete) << encoding;
    EXPECT_TRUE(head.chunked);
    EXPECT_TRUE(head.keep_alive);
  }
}

TEST(request_head, wants_a_length_where_it_cannot_read_the_form_of_the_body) {
  for (const std::string& text :
       {get + host + "Transfer-Encoding: gzip\r\n\r\n", get + host + "Transfer-Encoding: identity\r\n\r\n",
        get + host + "Transfer-Encoding:\r\n\r\n", "POST / HTTP/1.0\r\n" + host + chunked + "\r\n"})
    EXPECT_EQ(outcome_of(text), head_outcome::length_required) << text;
}

TEST(request_head, says_what_is_wrong_with_it) {
  request_head head;
  const auto detail = [&](const std::string& text) { return std::string(read_request_head(text, head).detail); };
  EXPECT_EQ(detail(get + host + host + "\r\n"), "Host may be there once.");
  EXPECT_EQ(detail(get + "\r\n"), "HTTP/1.1 wants a Host.");
  EXPECT_EQ(detail(get + host + chunked + "Content-Length: 1\r\n\r\n"),
            "A request has a Transfer-Encoding or a Content-Length, and never both.");
  EXPECT_EQ(detail(get + host + "Idempotency-Key: a\r\nidempotency-key: a\r\n\r\n"),
            "Idempotency-Key may be there once.");
  EXPECT_EQ(detail(get + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"), "Content-Length may be there once.");
  EXPECT_EQ(detail(get + host + "Content-Length: -1\r\n\r\n"), "Content-Length must be one whole number, in digits.");
}

TEST(request_head, is_too_large_past_eight_kibibytes_wherever_they_are) {
  EXPECT_EQ(outcome_of("GET /" + std::string(head_size_max, 'a')), head_outcome::too_large);
  EXPECT_EQ(outcome_of(get + host + "X: " + std::string(head_size_max, 'a')), head_outcome::too_large);
  std::string many = get + host;
  while (many.size() < head_size_max) many += "X-A: b\r\n";
  EXPECT_EQ(outcome_of(many + "\r\n"), head_outcome::too_large);
  std::string fits = get + host + "X: ";
  fits.append(head_size_max - fits.size() - 4, 'a').append("\r\n\r\n");
  EXPECT_EQ(outcome_of(fits), head_outcome::complete);
}

}  // namespace
}  // namespace firstcome::http
