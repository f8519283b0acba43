#include "lab/load/closed_loop.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <system_error>
#include <thread>

#include "support/loopback_listener.hpp"

namespace firstcome::load {
namespace {

constexpr std::string_view good_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Takes one connection after the other and does with each request what the test says.
class scripted_server {
 public:
  /// `on_request` gets the connection and the request's number, from 0 on; false: close the connection.
  explicit scripted_server(std::function<bool(int fd, int number)> on_request)
      : on_request_(std::move(on_request)), listener_(testing::listen_on_loopback()) {
    target = {.host = "127.0.0.1", .port = listener_.port};
    thread_ = std::thread([this] { serve(); });
  }
  ~scripted_server() {
    shutdown(listener_.fd, SHUT_RDWR);
    thread_.join();
    close(listener_.fd);
  }

  endpoint target;
  int connections = 0;  // read it when the run is over

 private:
  void serve() {
    for (int number = 0;;) {
      const int fd = accept(listener_.fd, nullptr, nullptr);
      if (fd < 0) return;
      ++connections;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // pieces leave one by one
      char buffer[4096];
      while (read(fd, buffer, sizeof buffer) > 0)
        if (!on_request_(fd, number++)) break;
      close(fd);
    }
  }

  std::function<bool(int, int)> on_request_;
  const testing::loopback_listener listener_;
  std::thread thread_;
};

/// A port that is taken and at which nobody listens.
class shut_door {
 public:
  shut_door() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&at), length), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &length), 0);
    target = {.host = "127.0.0.1", .port = ntohs(at.sin_port)};
  }
  ~shut_door() { close(fd_); }
  shut_door(const shut_door&) = delete;

  endpoint target;

 private:
  const int fd_;
};

void send_text(int fd, std::string_view text) {
  EXPECT_EQ(write(fd, text.data(), text.size()), ssize_t(text.size()));
}

class so_many : public workload {
 public:
  explicit so_many(std::uint64_t n) : n_(n) {}
  std::optional<outgoing> next(instant_ns, const free_connection&) override {
    if (sent_ == n_) return std::nullopt;
    return outgoing{.bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", .tag = sent_++};
  }
  void answered(const answer& a) override {
    EXPECT_EQ(a.tag, answers + losses) << "one connection, so answers come in order";
    EXPECT_EQ(a.body, "ok");
    EXPECT_LE(a.sent_at, a.received_at);
    ++answers;
  }
  void lost(std::uint64_t, instant_ns, instant_ns) override { ++losses; }
  bool finished(instant_ns) override { return sent_ == n_; }

  std::uint64_t answers = 0;
  std::uint64_t losses = 0;

 private:
  std::uint64_t n_;
  std::uint64_t sent_ = 0;
};

TEST(closed_loop, sends_the_next_request_when_the_answer_has_come) {
  scripted_server server([](int fd, int) { return send_text(fd, good_answer), true; });
  so_many work(100);
  run_closed_loop({.target = server.target}, work);
  EXPECT_EQ(work.answers, 100u);
  EXPECT_EQ(server.connections, 1);
}

TEST(closed_loop, puts_answers_together_that_arrive_in_pieces) {
  scripted_server server([](int fd, int) {
    for (const char c : good_answer) {
      send_text(fd, {&c, 1});
      std::this_thread::yield();
    }
    return true;
  });
  so_many work(5);
  run_closed_loop({.target = server.target}, work);
  EXPECT_EQ(work.answers, 5u);
}

TEST(closed_loop, reports_a_request_as_lost_when_the_connection_ends_and_goes_on_with_a_new_one) {
  scripted_server server([](int fd, int number) { return number % 5 != 4 && (send_text(fd, good_answer), true); });
  so_many work(50);
  run_closed_loop({.target = server.target}, work);
  EXPECT_EQ(work.answers, 40u);
  EXPECT_EQ(work.losses, 10u);
}

TEST(closed_loop, opens_a_new_connection_after_one_that_said_close) {
  scripted_server server([](int fd, int) {
    send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    return false;
  });
  so_many work(5);
  run_closed_loop({.target = server.target}, work);
  EXPECT_EQ(work.answers, 5u);
  EXPECT_EQ(work.losses, 0u);
}

TEST(closed_loop, reports_a_request_as_lost_when_no_answer_comes_in_time) {
  scripted_server server([](int fd, int number) { return number == 0 || (send_text(fd, good_answer), true); });
  so_many work(2);
  run_closed_loop({.target = server.target, .request_timeout_ns = 50'000'000}, work);
  EXPECT_EQ(work.losses, 1u);
  EXPECT_EQ(work.answers, 1u);
}

TEST(closed_loop, gives_up_when_the_server_cannot_be_reached) {
  const shut_door shut;
  so_many work(1);
  EXPECT_THROW(run_closed_loop({.target = shut.target, .connect_patience_ns = 50'000'000}, work), std::system_error);
}

TEST(closed_loop, goes_on_with_the_others_when_connections_are_turned_away_and_stay_so) {
  scripted_server server([](int fd, int) { return send_text(fd, good_answer), true; });
  const shut_door shut;
  so_many work(20);
  run_closed_loop({.target = shut.target,
                   .more_targets = {server.target},
                   .connections = 2,
                   .when_refused = turned_away::stays_away},
                  work);
  EXPECT_EQ(work.answers, 20u);
}

TEST(closed_loop, ends_when_all_connections_are_turned_away_and_stay_so) {
  const shut_door shut;
  so_many work(20);
  run_closed_loop({.target = shut.target, .connections = 3, .when_refused = turned_away::stays_away}, work);
  EXPECT_EQ(work.answers, 0u);
  EXPECT_EQ(work.losses, 0u) << "nothing was sent";
}

TEST(closed_loop, rests_before_it_opens_a_connection_again_that_was_of_no_use) {
  scripted_server server([](int, int) { return false; });
  so_many work(10);
  const instant_ns began = now_ns();
  run_closed_loop({.target = server.target}, work);
  EXPECT_EQ(work.losses, 10u);
  EXPECT_GE(now_ns() - began, 9 * instant_ns{20'000'000});
}

class impatient final : public so_many {
 public:
  using so_many::so_many;
  std::optional<outgoing> next(instant_ns now, const free_connection& on) override {
    auto request = so_many::next(now, on);
    if (request) request->patience_ns = 30'000'000;
    return request;
  }
};

TEST(closed_loop, keeps_to_the_patience_of_a_request) {
  scripted_server server([](int fd, int number) { return number == 0 || (send_text(fd, good_answer), true); });
  impatient work(2);
  run_closed_loop({.target = server.target, .request_timeout_ns = INT64_MAX / 2}, work);
  EXPECT_EQ(work.losses, 1u);
  EXPECT_EQ(work.answers, 1u);
}

class leaving final : public so_many {
 public:
  using so_many::so_many;
  bool gives_up(instant_ns now) override { return now >= leaves_at; }
  instant_ns comes_round_at() override { return leaves_at; }
  instant_ns leaves_at = now_ns() + 20'000'000;
};

TEST(closed_loop, loses_what_is_outstanding_when_the_workload_gives_up) {
  scripted_server server([](int, int) { return true; });
  leaving work(5);
  run_closed_loop({.target = server.target, .request_timeout_ns = INT64_MAX / 2}, work);
  EXPECT_EQ(work.losses, 1u);
  EXPECT_GE(now_ns(), work.leaves_at);
}

/// One request at a time, whatever connections are free.
class one_by_one final : public workload {
 public:
  std::optional<outgoing> next(instant_ns, const free_connection& on) override {
    if (under_way_ || answers == 40) return std::nullopt;
    under_way_ = true;
    ++sent_to[on.target];
    return outgoing{.bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", .tag = on.number};
  }
  void answered(const answer& a) override {
    EXPECT_LT(a.tag, 2u);
    under_way_ = false;
    ++answers;
  }
  void lost(std::uint64_t, instant_ns, instant_ns) override { ADD_FAILURE(); }
  bool finished(instant_ns) override { return answers == 40; }

  int answers = 0;
  std::array<int, 2> sent_to{};

 private:
  bool under_way_ = false;
};

TEST(closed_loop, lets_free_connections_take_turns) {
  scripted_server one([](int fd, int) { return send_text(fd, good_answer), true; });
  scripted_server other([](int fd, int) { return send_text(fd, good_answer), true; });
  one_by_one work;
  run_closed_loop({.target = one.target, .more_targets = {other.target}, .connections = 2, .by_turns = true}, work);
  EXPECT_GE(work.sent_to[0], 10);
  EXPECT_GE(work.sent_to[1], 10);
}

}  // namespace
}  // namespace firstcome::load
