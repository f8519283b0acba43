// Clients that send or read slowly: cut at the deadline, which no trickle renews, and nobody else waits for them.

#include <poll.h>
#include <sys/socket.h>

#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto request_timeout = 400ms;
constexpr auto grace = 3000ms;  // for a loaded machine; the server's own sweep is much finer

class slow_clients : public system_test {
 protected:
  void SetUp() override {
    start_server({.flags = {"--request-timeout-ms", std::to_string(request_timeout.count()), "--idle-timeout-ms",
                            "60000", "--threads", "1"}});
    coupon();
  }

  // Sends one byte after the other with a pause between them and, when the server gives up, answers what it said.
  // `lasted` is the time from the first byte to the close.
  http_response trickle(const std::string& bytes, std::chrono::milliseconds pause, std::chrono::milliseconds& lasted) {
    raw_socket socket(server().port());
    const auto begin = clock::now();
    std::string received;
    for (const char byte : bytes) {
      if (!socket.send({&byte, 1})) break;
      if (socket.receive(received, pause) == raw_socket::event::closed || !received.empty()) break;
    }
    bool closed = false;
    received += socket.receive_until_close(closed, grace);
    lasted = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin);
    EXPECT_TRUE(closed);
    const auto end_of_head = received.find("\r\n\r\n");
    if (end_of_head == std::string::npos) return {};
    return {.status = std::stoi(received.substr(9, 3)),
            .headers = {{"content-type", received.find("application/problem+json") != std::string::npos
                                             ? "application/problem+json"
                                             : "?"}},
            .body = received.substr(end_of_head + 4)};
  }

  void expect_cut_at_the_deadline(const std::string& bytes) {
    std::chrono::milliseconds lasted{0};
    const http_response answer = trickle(bytes, 20ms, lasted);
    EXPECT_TRUE(is_problem(answer, 408, "request_timeout"));
    EXPECT_GE(lasted, request_timeout - 50ms);
    EXPECT_LE(lasted, request_timeout + grace);
  }
};

TEST_F(slow_clients, a_trickled_head_is_cut_at_the_deadline) {
  expect_cut_at_the_deadline("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + std::string(4000, 'x'));
}

TEST_F(slow_clients, a_trickled_body_is_cut_at_the_deadline) {
  const std::string request = to_bytes(
      {.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user()) + std::string(3000, ' ')});
  const auto body = request.find("\r\n\r\n") + 4;
  raw_socket socket(server().port());
  socket.send(request.substr(0, body));
  const auto begin = clock::now();
  std::string received;
  for (std::size_t at = body; at < request.size() && received.empty(); ++at)
    if (!socket.send(request.substr(at, 1)) || socket.receive(received, 20ms) == raw_socket::event::closed) break;
  EXPECT_NE(received.find(" 408 "), std::string::npos) << received;
  EXPECT_LE(clock::now() - begin, request_timeout + grace);
  EXPECT_TRUE(socket.closed_within(grace));
}

TEST_F(slow_clients, a_request_that_stops_in_the_middle_is_cut_at_the_deadline) {
  raw_socket socket(server().port());
  socket.send("POST /v1/coupons/1/issues HTTP/1.1\r\nHost: localhost\r\nContent-Le");
  const http_response answer = response_reader(socket).next(request_timeout + grace);
  EXPECT_TRUE(is_problem(answer, 408, "request_timeout"));
  EXPECT_TRUE(socket.closed_within(grace));
}

TEST_F(slow_clients, many_slow_senders_hold_nobody_else_up) {
  std::vector<raw_socket> slow;
  for (int i = 0; i < 200; ++i) slow.emplace_back(server().port());
  for (auto& socket : slow) socket.send("GET /healthz HT");
  http_client good = server().client();
  const auto until = clock::now() + request_timeout + 200ms;
  int answered = 0;
  do {
    for (auto& socket : slow) socket.send("T");
    const auto begin = clock::now();
    EXPECT_EQ(good.post(issues_path(coupon()), issue_body(next_user())).status, 201);
    EXPECT_LT(clock::now() - begin, request_timeout) << "answered only after the slow ones were cut";
    ++answered;
  } while (clock::now() < until);
  EXPECT_GT(answered, 1);
  for (auto& socket : slow) EXPECT_TRUE(socket.closed_within(grace));
}

TEST_F(slow_clients, who_never_reads_is_cut_and_cannot_make_the_server_store_answers_without_end) {
  raw_socket socket(server().port());
  std::string requests;
  while (requests.size() < 64 * 1024) requests += "GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n";
  std::size_t taken = 0;
  constexpr std::size_t far_too_much = 64U << 20U;
  const auto until = clock::now() + request_timeout + grace;
  while (taken < far_too_much && clock::now() < until) {
    const ssize_t sent = ::send(socket.fd(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) break;  // cut
    if (sent > 0) taken += static_cast<std::size_t>(sent);
    pollfd room{socket.fd(), POLLOUT, 0};
    if (sent < 0) poll(&room, 1, 50);
  }
  EXPECT_LT(taken, far_too_much);
  EXPECT_LT(clock::now(), until) << "never cut";
}

using idle_clients = system_test;

TEST_F(idle_clients, an_idle_connection_is_closed_without_an_answer) {
  start_server({.flags = {"--idle-timeout-ms", "300"}});
  raw_socket never_used(server().port());
  raw_socket used(server().port());
  used.send(to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user())}));
  EXPECT_EQ(response_reader(used).next().status, 201);
  bool closed = false;
  EXPECT_EQ(never_used.receive_until_close(closed, 300ms + grace), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(used.receive_until_close(closed, 300ms + grace), "");
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace firstcome::testing
