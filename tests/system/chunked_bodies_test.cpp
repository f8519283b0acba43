// Bodies in chunks, as Spring's RestClient, .NET and Go's readers send them: read, whatever their cut; and what is
// doubtful about them is refused with its reason, and the connection with it.

#include <string>
#include <vector>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

std::string chunk(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (std::size_t left = text.size(); left > 0; left /= 16) size.insert(size.begin(), digits[left % 16]);
  return size + "\r\n" + std::string(text) + "\r\n";
}

const std::string last = "0\r\n\r\n";

class chunked_bodies : public system_test {
 protected:
  std::string head_of(const std::string& path, const std::string& more = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           server().admin_token() + "\r\n" + more + "Transfer-Encoding: chunked\r\n\r\n";
  }
  std::string head() { return head_of(issues_path(coupon())); }

  void expect_issued(const std::string& chunks, std::int64_t user) {
    SCOPED_TRACE(chunks.substr(0, 300));
    raw_socket socket(server().port());
    response_reader reader(socket);
    ASSERT_TRUE(socket.send(head() + chunks));
    const http_response answer = reader.next();
    EXPECT_EQ(answer.status, 201) << answer;
    EXPECT_EQ(answer.number("userId"), user);
    ASSERT_TRUE(socket.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(reader.next().status, 200) << "the connection goes on";
  }

  // What was refused took the pipelined request behind it along: it may be part of what was doubtful.
  void expect_refused(const std::string& chunks, int status = 400, const std::string& code = "malformed_request") {
    SCOPED_TRACE(chunks.substr(0, 300));
    const raw_answer answer =
        answer_to_bytes(server().port(), head() + chunks + "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(is_problem(answer.response, status, code));
    EXPECT_EQ(answer.response.header("connection"), "close");
    EXPECT_TRUE(answer.closed);
  }

  std::int64_t issued() { return show_coupon(server(), coupon()).at("issuedQuantity").as_int64(); }
};

TEST_F(chunked_bodies, are_read_in_one_chunk_or_many) {
  const auto one = next_user();
  expect_issued(chunk(issue_body(one)) + last, one);
  const auto many = next_user();
  std::string chunks;
  for (const char byte : issue_body(many)) chunks += chunk(std::string(1, byte));
  expect_issued(chunks + last, many);
  const auto zeros = next_user();
  expect_issued("000" + chunk(issue_body(zeros)) + "0000\r\n\r\n", zeros);
}

TEST_F(chunked_bodies, are_read_byte_by_byte_as_they_come) {
  const auto user = next_user();
  raw_socket socket(server().port());
  response_reader reader(socket);
  for (const char byte : head() + chunk(issue_body(user)) + last) ASSERT_TRUE(socket.send(std::string(1, byte)));
  EXPECT_EQ(reader.next().status, 201);
}

TEST_F(chunked_bodies, may_have_extensions_and_trailers_which_are_dropped) {
  const auto user = next_user();
  const std::string body = issue_body(user);
  std::string chunks = chunk(body);
  chunks.insert(chunks.find('\r'), " ; name=\"a value; and more\";other");
  expect_issued(chunks + "0;last\r\nX-Checksum: 7\r\nAuthorization: none\r\nHost: elsewhere\r\n\r\n", user);
}

TEST_F(chunked_bodies, are_followed_by_the_next_request) {
  const auto first = next_user();
  const auto second = next_user();
  const auto third = next_user();
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(head() + chunk(issue_body(first)) + last +
              to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(second)}) + head() +
              chunk(issue_body(third)) + last + "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const auto user : {first, second, third}) {
    const http_response answer = reader.next();
    EXPECT_EQ(answer.status, 201) << answer;
    EXPECT_EQ(answer.number("userId"), user);
  }
  EXPECT_EQ(reader.next().status, 200);
}

TEST_F(chunked_bodies, may_be_empty_and_are_bodies_still) {
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(head() + last);
  EXPECT_EQ(reader.next().status, 400) << "an issue names its user";
  socket.send("GET /healthz HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + last);
  EXPECT_EQ(reader.next().status, 200);
}

TEST_F(chunked_bodies, are_asked_for_where_the_client_waits_for_that) {
  const auto user = next_user();
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(head_of(issues_path(coupon()), "Expect: 100-continue\r\n"));
  EXPECT_EQ(reader.next().status, 100);
  socket.send(chunk(issue_body(user)) + last);
  EXPECT_EQ(reader.next().status, 201);
}

TEST_F(chunked_bodies, have_the_limits_of_bodies_with_a_length) {
  const auto user = next_user();
  const std::string body = issue_body(user);
  expect_issued(chunk(body + std::string(4096 - body.size(), ' ')) + last, user);
  expect_refused(chunk(body + std::string(4097 - body.size(), ' ')) + last, 413, "content_too_large");
  expect_refused(chunk(std::string(4096, ' ')) + chunk(" ") + last, 413, "content_too_large");
  expect_refused("ffffffffffffffff\r\n", 413, "content_too_large");
  const raw_answer longer =
      answer_to_bytes(server().port(), head_of("/v1/coupons") + chunk(std::string(64 * 1024 + 1, ' ')) + last);
  EXPECT_TRUE(is_problem(longer.response, 413, "content_too_large"));
}

TEST_F(chunked_bodies, that_are_doubtful_are_refused_and_the_connection_closed) {
  const std::string body = R"({"userId":77})";
  for (const std::string& chunks : std::vector<std::string>{
           "d\n" + body + "\r\n" + last,                    // a bare line feed behind the size
           "d\r\n" + body + "\n" + last,                    // and behind the data
           "d\r\n" + body + "\r\n0\n\n",                    // and at the end
           "d\r" + body + "\r\n" + last,                    // a bare carriage return
           "c\r\n" + body + "\r\n" + last,                  // more data than said
           "e\r\n" + body + "\r\n" + last,                  // less
           "0xd\r\n" + body + "\r\n" + last,                // not plain digits
           "+d\r\n" + body + "\r\n" + last,                 //
           "-1\r\n" + body + "\r\n" + last,                 //
           " d\r\n" + body + "\r\n" + last,                 // blanks around them
           "d \r\n" + body + "\r\n" + last,                 //
           "d\t\r\n" + body + "\r\n" + last,                //
           "\r\n" + body + "\r\n" + last,                   // none at all
           ";a=b\r\n" + body + "\r\n" + last,               //
           "0000000000000000d\r\n" + body + "\r\n" + last,  // too many
           "1000000000000000d\r\n" + body + "\r\n" + last,  // wraps around in 64 bits
           "d;a=\nb\r\n" + body + "\r\n" + last,            // a line feed in an extension
           "d;a=\rb\r\n" + body + "\r\n" + last,            // a carriage return
           "d;" + std::string(10'000, 'x') + "\r\n" + body + "\r\n" + last,
           "d\r\n" + body + "\r\n0\r\nno colon\r\n\r\n",
           "d\r\n" + body + "\r\n0\r\nX: y\r\n folded\r\n\r\n",
           "d\r\n" + body + "\r\n0\r\n: no name\r\n\r\n",
           "d\r\n" + body + "\r\n0\r\nX : y\r\n\r\n",
           "d\r\n" + body + "\r\n0\r\nX: y\n\r\n",
           "d\r\n" + body + "\r\n0\r\nContent-Length: 3\r\n\r\n",
           "d\r\n" + body + "\r\n0\r\ntransfer-encoding: chunked\r\n\r\n",
       })
    expect_refused(chunks);
  expect_refused("d\r\n" + body + "\r\n0\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n", 431, "header_too_large");
  EXPECT_EQ(issued(), 0);
}

TEST_F(chunked_bodies, are_refused_with_the_reason) {
  const raw_answer answer = answer_to_bytes(server().port(), head() + "zz\r\n");
  EXPECT_EQ(answer.response.text("detail"), "The size of a chunk must be hexadecimal digits.") << answer.response;
}

TEST_F(chunked_bodies, that_never_end_are_cut_at_the_deadline_of_their_request) {
  start_server({.flags = {"--request-timeout-ms", "300"}});
  const raw_answer answer = answer_to_bytes(server().port(), head() + "d\r\n{\"user");
  EXPECT_TRUE(is_problem(answer.response, 408, "request_timeout"));
  EXPECT_TRUE(answer.closed);
}

}  // namespace
}  // namespace firstcome::testing
