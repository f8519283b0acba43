// The gate that the tests put between a client and a server.

#include "support/tcp_gate.hpp"

#include <gtest/gtest.h>

#include "redis/session.hpp"
#include "support/eventually.hpp"
#include "support/raw_socket.hpp"
#include "support/redis_server.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using direction = tcp_gate::direction;

constexpr std::string_view ping = "PING\r\n";
constexpr std::string_view pong = "+PONG\r\n";

/// What arrives within the time, up to the size of one answer.
std::string received(raw_socket& socket, std::chrono::milliseconds within) {
  std::string bytes;
  while (bytes.size() < pong.size() && socket.receive(bytes, within) == raw_socket::event::data) continue;
  return bytes;
}

class tcp_gate_test : public ::testing::Test {
 protected:
  redis_server redis;
  tcp_gate gate{redis.port()};
};

TEST_F(tcp_gate_test, forwards_for_many_connections) {
  std::vector<raw_socket> clients;
  for (int n = 0; n < 100; ++n) clients.emplace_back(gate.port());
  for (raw_socket& each : clients) each.send(ping);
  for (raw_socket& each : clients) EXPECT_EQ(received(each, 10s), pong);
  EXPECT_EQ(gate.connections(), 100U);
  EXPECT_EQ(gate.passed(direction::to_server), 100 * ping.size());
}

TEST_F(tcp_gate_test, keeps_the_answers_while_they_are_stalled) {
  raw_socket client(gate.port());
  gate.stall(direction::to_client);
  client.send(ping);
  ASSERT_TRUE(eventually([&] { return gate.passed(direction::to_server) == ping.size(); }));
  EXPECT_EQ(received(client, 50ms), "");
  gate.release();
  EXPECT_EQ(received(client, 10s), pong);
}

TEST_F(tcp_gate_test, delays) {
  raw_socket client(gate.port());
  gate.delay(direction::to_client, 100ms);
  const auto begin = std::chrono::steady_clock::now();
  client.send(ping);
  EXPECT_EQ(received(client, 10s), pong);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
}

TEST_F(tcp_gate_test, cuts_in_the_middle_of_an_answer) {
  raw_socket client(gate.port());
  gate.cut_after(direction::to_client, 3);
  client.send(ping);
  bool closed = false;
  EXPECT_TRUE(pong.starts_with(client.receive_until_close(closed)));
  EXPECT_TRUE(closed);
  EXPECT_EQ(gate.passed(direction::to_client), 3U);
  raw_socket next(gate.port());
  next.send(ping);
  EXPECT_EQ(received(next, 10s), pong);
}

TEST_F(tcp_gate_test, refuses_and_accepts_again) {
  raw_socket before(gate.port());
  before.send(ping);
  EXPECT_EQ(received(before, 10s), pong);
  gate.refuse();
  EXPECT_ANY_THROW(raw_socket{gate.port()});
  gate.cut();
  EXPECT_TRUE(before.closed_within(10s));
  gate.accept_again();
  raw_socket after(gate.port());
  after.send(ping);
  EXPECT_EQ(received(after, 10s), pong);
}

}  // namespace
}  // namespace firstcome::testing
