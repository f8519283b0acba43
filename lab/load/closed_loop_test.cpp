#include "lab/load/closed_loop.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

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

void send_text(int fd, std::string_view text) {
  EXPECT_EQ(write(fd, text.data(), text.size()), ssize_t(text.size()));
}

class so_many final : public workload {
 public:
  explicit so_many(std::uint64_t n) : n_(n) {}
  std::optional<outgoing> next(instant_ns) override {
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
  endpoint gone;
  {
    const scripted_server server([](int, int) { return false; });
    gone = server.target;
  }
  so_many work(1);
  EXPECT_THROW(run_closed_loop({.target = gone, .connect_patience_ns = 50'000'000}, work), std::system_error);
}

}  // namespace
}  // namespace firstcome::load
