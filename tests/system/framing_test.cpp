// Where a request begins and ends: what two parsers could read differently is refused, and the connection with it.

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

class framing : public system_test {
 protected:
  // A request to issue whose head is the test's own, so that a request that slips through would show as an issue.
  std::string issue_request(const std::string& headers, const std::string& body) {
    return "POST " + issues_path(coupon()) + " HTTP/1.1\r\n" + headers + "Content-Type: application/json\r\n\r\n" +
           body;
  }

  void expect_refused(const std::string& bytes, int status = 400, const std::string& code = "malformed_request") {
    SCOPED_TRACE(bytes.substr(0, 300));
    const raw_answer answer = answer_to_bytes(server().port(), bytes);
    EXPECT_TRUE(is_problem(answer.response, status, code));
    EXPECT_EQ(answer.response.header("connection"), "close");
    EXPECT_TRUE(answer.closed);
  }

  void expect_closed_without_success(const std::string& bytes) {
    SCOPED_TRACE(bytes.substr(0, 300));
    const raw_answer answer = answer_to_bytes(server().port(), bytes);
    EXPECT_TRUE(answer.response.status == 0 || answer.response.status >= 400) << answer.response;
    EXPECT_TRUE(answer.closed);
  }

  std::int64_t issued() { return show_coupon(server(), coupon()).at("issuedQuantity").as_int64(); }
};

TEST_F(framing, any_transfer_encoding_but_chunked_once_is_refused_and_the_connection_closed) {
  const std::string chunked_body = "d\r\n{\"userId\":77}\r\n0\r\n\r\n";
  for (const char* encoding : {"chunked, chunked", "gzip, chunked", "chunked, gzip", "xchunked", "\"chunked\""})
    expect_refused(issue_request(std::string("Host: h\r\nTransfer-Encoding: ") + encoding + "\r\n", chunked_body));
  for (const char* encoding : {"gzip", "identity", "deflate"})
    expect_refused(issue_request(std::string("Host: h\r\nTransfer-Encoding: ") + encoding + "\r\n", chunked_body), 411,
                   "length_required");
  expect_refused(
      issue_request("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked_body));
  expect_refused(
      issue_request("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked_body));
  expect_refused(issue_request("Host: h\r\nTransfer-Encoding: identity\r\nContent-Length: 13\r\n", "{\"userId\":77}"));
  expect_refused(issue_request("Host: h\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n", chunked_body));
  expect_refused(issue_request("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 23\r\n", chunked_body));
  EXPECT_EQ(issued(), 0);
}

TEST_F(framing, chunks_are_refused_in_http_1_0) {
  expect_refused("POST " + issues_path(coupon()) +
                     " HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n" +
                     "Content-Type: application/json\r\n\r\nd\r\n{\"userId\":77}\r\n0\r\n\r\n",
                 411, "length_required");
  EXPECT_EQ(issued(), 0);
}

TEST_F(framing, more_than_one_content_length_is_refused_even_when_they_agree) {
  const std::string body = R"({"userId":77})";
  expect_refused(issue_request("Host: h\r\nContent-Length: 13\r\nContent-Length: 13\r\n", body));
  expect_refused(issue_request("Host: h\r\nContent-Length: 13\r\nContent-Length: 2\r\n", body));
  expect_refused(issue_request("Host: h\r\nContent-Length: 13, 13\r\n", body));
  expect_refused(issue_request("Host: h\r\nContent-Length: 13,2\r\n", body));
  EXPECT_EQ(issued(), 0);
}

TEST_F(framing, a_content_length_that_is_no_plain_number_is_refused) {
  for (const char* length : {"-1", "+13", "0x0d", "13.0", "1e1", "13 13", "", "99999999999999999999999999", "\"13\""})
    expect_refused(issue_request(std::string("Host: h\r\nContent-Length: ") + length + "\r\n", R"({"userId":77})"));
  EXPECT_EQ(issued(), 0);
}

TEST_F(framing, http_1_1_needs_exactly_one_possible_host) {
  expect_refused("GET /healthz HTTP/1.1\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n");
  for (const char* host : {"a b", "a/b", "a\\b", "a\"b", "<a>", "a?b", "a#b", "user@a", "\xff\xfe"})
    expect_refused(std::string("GET /healthz HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
}

TEST_F(framing, lines_that_end_otherwise_than_in_crlf_are_refused) {
  expect_closed_without_success("GET /healthz HTTP/1.1\nHost: h\n\n");
  expect_closed_without_success("GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n");
  expect_closed_without_success("GET /healthz HTTP/1.1\r\nHost: h\rX: y\r\n\r\n");
}

TEST_F(framing, folded_header_lines_and_blanks_before_the_colon_are_refused) {
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Folded: a\r\n b\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Folded: a\r\n\tb\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n 0\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer\r\n x\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost : h\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length : 0\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\n Host: h\r\n\r\n");
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\n: empty name\r\n\r\n");
}

TEST_F(framing, nul_bytes_and_control_characters_are_refused) {
  using namespace std::string_literals;
  expect_refused("GET /heal\0thz HTTP/1.1\r\nHost: h\r\n\r\n"s);
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\0\r\n\r\n"s);
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s);
  expect_refused("GET /healthz HTTP/1.1\r\nHost: h\r\nX\0Y: a\r\n\r\n"s);
  expect_refused("GET /heal\x7fthz HTTP/1.1\r\nHost: h\r\n\r\n"s);
  expect_refused("\0\0\0\0\0\0\0\0\r\n\r\n"s);
}

TEST_F(framing, garbage_is_refused) {
  start_server({.flags = {"--request-timeout-ms", "500"}});  // some of it could still become a request
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& garbage :
       {every_byte + "\r\n\r\n", std::string(5000, 'A') + "\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9), std::string("GET\r\n\r\n"),
        std::string("GET / \r\n\r\n"), std::string("GET /healthz HTTP/9.9\r\nHost: h\r\n\r\n"),
        std::string("GET /healthz http/1.1\r\nHost: h\r\n\r\n"),
        std::string("GET  /healthz  HTTP/1.1\r\nHost: h\r\n\r\n")})
    expect_closed_without_success(garbage);
}

TEST_F(framing, the_preface_of_http_2_is_refused) {
  expect_closed_without_success("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

TEST_F(framing, targets_that_name_no_path_are_refused) {
  expect_refused("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  expect_refused("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
  expect_refused("GET healthz HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST_F(framing, the_absolute_form_of_a_target_is_served_like_its_path) {
  const raw_answer answer =
      answer_to_bytes(server().port(), "GET http://example.org/healthz HTTP/1.1\r\nHost: example.org\r\n\r\n");
  EXPECT_EQ(answer.response.status, 200) << answer.response;
}

TEST_F(framing, http_1_0_is_answered_and_closed) {
  const raw_answer answer = answer_to_bytes(server().port(), "GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.response.status, 200) << answer.response;
  EXPECT_TRUE(answer.closed);
}

TEST_F(framing, http_1_0_stays_open_when_it_asks_for_that) {
  raw_socket socket(server().port());
  response_reader reader(socket);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(socket.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const http_response answer = reader.next();
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.header("connection"), "keep-alive") << "an HTTP/1.0 client waits for the close unless it is told";
  }
}

TEST_F(framing, connection_close_is_honoured) {
  const raw_answer answer =
      answer_to_bytes(server().port(), "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_EQ(answer.response.header("connection"), "close");
  EXPECT_TRUE(answer.closed);
}

TEST_F(framing, expect_100_continue_is_answered_before_the_body_comes) {
  const std::string body = issue_body(next_user());
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(
      issue_request("Host: h\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n", ""));
  const http_response interim = reader.next();
  EXPECT_EQ(interim.status, 100) << interim;
  socket.send(body);
  const http_response answer = reader.next();
  EXPECT_EQ(answer.status, 201) << answer;
}

TEST_F(framing, a_body_that_is_too_large_hears_413_instead_of_100_continue) {
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(issue_request("Host: h\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n", ""));
  EXPECT_TRUE(is_problem(reader.next(), 413, "content_too_large"));
}

}  // namespace
}  // namespace firstcome::testing
