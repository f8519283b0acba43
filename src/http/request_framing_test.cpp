#include "http/request_framing.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace firstcome::http {
namespace {

using outcome = request_framing::outcome;

const std::string chunked_head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

class request_framed : public ::testing::Test {
 protected:
  void receive(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto room = machine.room();
      const std::size_t size = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), size);
      machine.received(size);
      bytes.remove_prefix(size);
    }
  }

  // What comes once the head, if there is one, was allowed its body.
  outcome next(std::uint64_t body_max = 4096) {
    const outcome first = machine.next();
    if (first != outcome::head) return first;
    machine.allow_body(body_max);
    return machine.next();
  }

  request_framing machine;
};

TEST_F(request_framed, gives_one_request_after_the_other) {
  receive("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: h\r\n\r\n" +
          chunked_head + "2\r\nde\r\n1\r\nf\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::pair<const char*, const char*> expected[] = {{"/a", "abc"}, {"/b", ""}, {"/a", "def"}, {"/c", ""}};
  for (const auto& [path, body] : expected) {
    ASSERT_EQ(next(), outcome::request);
    EXPECT_EQ(machine.head().path, path);
    EXPECT_EQ(machine.body(), body);
    EXPECT_TRUE(machine.begun());
    machine.forget_request();
  }
  EXPECT_FALSE(machine.begun());
  EXPECT_EQ(next(), outcome::need_more);
}

TEST_F(request_framed, keeps_the_head_readable_when_the_body_comes_later_and_is_long) {
  const std::string body(60'000, 'b');
  for (const std::string& text :
       {"POST /a?q HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nContent-Length: 60000\r\n\r\n" + body,
        "POST /a?q HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\nea60\r\n" +
            body + "\r\n0\r\n\r\n"}) {
    std::size_t at = 0;
    outcome last = outcome::need_more;
    for (; at < text.size(); at += 100) {
      receive(std::string_view(text).substr(at, 100));
      last = next(64 * 1024);
    }
    ASSERT_EQ(last, outcome::request);
    EXPECT_EQ(machine.head().path, "/a");
    EXPECT_EQ(machine.head().query, "q");
    EXPECT_EQ(machine.head().authorization, "x");
    EXPECT_EQ(machine.body(), body);
    machine.forget_request();
  }
}

TEST_F(request_framed, refuses_a_body_past_its_limit_before_it_comes) {
  receive("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(next(10), outcome::refused);
  EXPECT_EQ(machine.why().what, protocol_error::body_too_large);
}

TEST_F(request_framed, refuses_chunks_past_the_limit_before_they_come) {
  receive(chunked_head + "a\r\n0123456789\r\n1\r\n");
  EXPECT_EQ(next(10), outcome::refused);
  EXPECT_EQ(machine.why().what, protocol_error::body_too_large);
}

TEST_F(request_framed, reads_nothing_after_a_refusal) {
  receive(chunked_head + "x\r\n");
  EXPECT_EQ(next(), outcome::refused);
  receive("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(next(), outcome::refused);
  EXPECT_TRUE(machine.begun());
}

TEST_F(request_framed, says_once_that_the_client_waits_to_continue) {
  receive("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(next(), outcome::need_more);
  EXPECT_TRUE(machine.asks_to_continue());
  EXPECT_FALSE(machine.asks_to_continue());
  receive("x");
  EXPECT_EQ(next(), outcome::request);
}

TEST_F(request_framed, finds_the_end_of_a_head_that_comes_byte_by_byte) {
  const std::string text = "GET /a HTTP/1.1\r\nHost: h\r\nX: " + std::string(3000, 'x') + "\r\n\r\n";
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    receive(text.substr(at, 1));
    ASSERT_EQ(next(), outcome::need_more) << at;
  }
  receive(text.substr(text.size() - 1));
  EXPECT_EQ(next(), outcome::request);
}

TEST_F(request_framed, takes_the_limit_of_heads_that_it_is_given) {
  const std::string before = "GET /a HTTP/1.1\r\nHost: h\r\nX: ";
  const auto head_of = [&](std::size_t size) {
    return before + std::string(size - before.size() - 4, 'x') + "\r\n\r\n";
  };
  for (const std::size_t limit : {std::size_t{1024}, std::size_t{64} * 1024}) {
    for (const bool fits : {true, false}) {
      request_framing one(limit);
      const std::string text = head_of(limit + (fits ? 0 : 1));
      std::memcpy(one.room().data(), text.data(), 1);
      one.received(1);
      EXPECT_EQ(one.next(), outcome::need_more);
      for (std::string_view left = std::string_view(text).substr(1); !left.empty();) {
        const auto room = one.room();
        const std::size_t size = std::min(room.size(), left.size());
        std::memcpy(room.data(), left.data(), size);
        one.received(size);
        left.remove_prefix(size);
      }
      EXPECT_EQ(one.next(), fits ? outcome::head : outcome::refused);
    }
  }
}

}  // namespace
}  // namespace firstcome::http
