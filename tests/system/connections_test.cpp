// Connections by themselves: half-closed, dropped, idle by the thousand, and more than are allowed.

#include <sys/resource.h>

#include <iostream>
#include <vector>

#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class connections : public system_test {
 protected:
  std::string good_request() {
    return to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user())});
  }

  static std::size_t file_descriptors_allowed() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }
};

TEST_F(connections, who_closes_the_sending_side_after_a_request_still_gets_the_answer) {
  raw_socket socket(server().port());
  response_reader reader(socket);
  socket.send(good_request() + good_request());
  socket.half_close();
  EXPECT_EQ(reader.next().status, 201);
  EXPECT_EQ(reader.next().status, 201);
  EXPECT_TRUE(socket.closed_within(5s));
}

TEST_F(connections, who_closes_the_sending_side_in_the_middle_of_a_request_is_let_go) {
  const std::string request = good_request();
  for (const std::size_t sent : {std::size_t{0}, std::size_t{1}, request.size() / 2, request.size() - 1}) {
    raw_socket socket(server().port());
    socket.send(request.substr(0, sent));
    socket.half_close();
    EXPECT_TRUE(socket.closed_within(5s)) << sent << " bytes sent";
  }
}

TEST_F(connections, clients_that_vanish_with_requests_in_flight_do_no_harm) {
  for (int round = 0; round < 100; ++round) {
    raw_socket socket(server().port());
    socket.send(good_request() + good_request() + good_request().substr(0, 40));
    if (round % 2 == 0) socket.reset();
  }
  const std::int64_t count = show_coupon(server(), coupon()).at("issuedQuantity").as_int64();
  EXPECT_LE(count, 200);
}

TEST_F(connections, ten_thousand_idle_ones_do_not_hold_a_request_up) {
  constexpr std::size_t wanted = 10'000;
  constexpr std::size_t kept_free = 300;
  const std::size_t allowed = file_descriptors_allowed();
  const std::size_t count = std::min(wanted, allowed - kept_free);
  if (count < wanted)
    std::cout << "NOTE: only " << count << " idle connections, because RLIMIT_NOFILE is " << allowed << "\n";
  start_server({.flags = {"--max-connections", "20000"}});
  coupon();
  std::vector<raw_socket> idle;
  idle.reserve(count);
  while (idle.size() < count) idle.emplace_back(server().port());
  http_client good = server().client();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(good.post(issues_path(coupon()), issue_body(next_user())).status, 201);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  for (std::size_t i = 0; i < count; i += count / 50) {
    idle[i].send(good_request());
    EXPECT_EQ(response_reader(idle[i]).next().status, 201) << "idle connection " << i << " was not kept";
  }
}

// A node full of clients that are in the middle of a request: none of them is idle.
class full_node : public connections {
 protected:
  static constexpr std::size_t limit = 20;

  void SetUp() override {
    start_server({.flags = {"--max-connections", std::to_string(limit)}});
    coupon();
    // The connections that set the test up are closed by now, but the server may not have noticed yet.
    ASSERT_TRUE(eventually(5s, [&] {
      held_.clear();
      while (held_.size() < limit) {
        held_.emplace_back(server().port());
        if (!serves(held_.back())) return false;
      }
      return true;
    }));
  }

  void TearDown() override {
    held_.clear();
    expect_room();
    connections::TearDown();
  }

  void expect_room() {
    EXPECT_TRUE(eventually(10s, [&] {
      raw_socket again(server().port());
      return serves(again);
    }));
  }

  bool serves(raw_socket& socket) {
    return socket.send(good_request()) && response_reader(socket).next().status == 201;
  }
  void make_busy() {
    for (auto& socket : held_) ASSERT_TRUE(socket.send("POST "));
  }

  std::vector<raw_socket> held_;
};

TEST_F(full_node, refuses_more_while_nobody_is_idle_and_has_room_again_when_some_leave) {
  make_busy();
  for (int i = 0; i < 10; ++i) {
    const raw_answer refused = answer_to_bytes(server().port(), good_request());
    EXPECT_TRUE(is_problem(refused.response, 503, "overloaded"));
    EXPECT_NE(refused.response.header("retry-after"), "");
    EXPECT_NE(refused.response.header("retry-after"), "0");
    EXPECT_EQ(refused.response.header("connection"), "close");
    EXPECT_TRUE(refused.closed);
  }
  held_.clear();
  expect_room();
}

TEST_F(full_node, refuses_who_says_nothing_too) {
  make_busy();
  raw_socket silent(server().port());
  EXPECT_TRUE(is_problem(response_reader(silent).next(), 503, "overloaded"));
  EXPECT_TRUE(silent.closed_within(5s));
}

TEST_F(full_node, answers_probes_from_its_reserve) {
  make_busy();
  for (int round = 0; round < 3; ++round)
    for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
      const raw_answer answer = answer_to_bytes(server().port(), to_bytes({.target = path}));
      EXPECT_EQ(answer.response.status, 200) << path << answer.response;
      EXPECT_TRUE(answer.closed) << "a place on the reserve is not kept";
    }
}

TEST_F(full_node, keeps_the_reserve_from_clients_that_say_nothing) {
  make_busy();
  std::vector<raw_socket> silent;
  while (silent.size() < 400) silent.emplace_back(server().port());
  EXPECT_TRUE(eventually(
      10s, [&] { return answer_to_bytes(server().port(), to_bytes({.target = "/healthz"})).response.status == 200; }));
}

TEST_F(full_node, lets_the_longest_idle_give_way_to_new_ones) {
  for (std::size_t i = 0; i < limit / 2; ++i) {
    raw_socket fresh(server().port());
    EXPECT_TRUE(serves(fresh));
    held_.push_back(std::move(fresh));
  }
  for (std::size_t i = 0; i < limit / 2; ++i) EXPECT_TRUE(held_[i].closed_within(5s)) << "the longest idle: " << i;
  for (std::size_t i = limit; i < held_.size(); ++i) EXPECT_TRUE(serves(held_[i])) << "the newest stay: " << i;
}

}  // namespace
}  // namespace firstcome::testing
