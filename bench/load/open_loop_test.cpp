#include "load/open_loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "load/overload_run.hpp"
#include "support/loopback_listener.hpp"

namespace firstcome::load {
namespace {

constexpr instant_ns ms = 1'000'000;

/// Answers each request at once with what the test says, any number of connections.
class simple_server {
 public:
  explicit simple_server(std::function<std::string(int number)> answer)
      : answer_(std::move(answer)), listener_(testing::listen_on_loopback()) {
    target = {.host = "127.0.0.1", .port = listener_.port};
    watch(listener_.fd);
    thread_ = std::thread([this] { serve(); });
  }
  ~simple_server() {
    stopping_ = true;
    thread_.join();
    for (const int fd : clients_) close(fd);
    close(listener_.fd);
    close(epoll_);
  }

  endpoint target;

 private:
  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void serve() {
    for (int number = 0; !stopping_;) {
      epoll_event event;
      if (epoll_wait(epoll_, &event, 1, 10) < 1) continue;
      if (event.data.fd == listener_.fd) {
        clients_.push_back(accept4(listener_.fd, nullptr, nullptr, SOCK_CLOEXEC));
        watch(clients_.back());
        continue;
      }
      char buffer[4096];
      if (read(event.data.fd, buffer, sizeof buffer) <= 0) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, event.data.fd, nullptr);
        continue;
      }
      const std::string text = answer_(number++);
      EXPECT_EQ(send(event.data.fd, text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
    }
  }

  std::function<std::string(int)> answer_;
  const testing::loopback_listener listener_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> clients_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::string yes(int sequence) {
  const std::string body = R"({"sequence":)" + std::to_string(sequence) + "}";
  return "HTTP/1.1 201 Created\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string busy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 21\r\n\r\n{\"code\":\"overloaded\"}";

TEST(open_loop, sends_by_its_schedule_and_counts_from_the_instant_that_was_due) {
  simple_server server([](int number) { return yes(number + 1); });
  const instant_ns begin = now_ns() + 100 * ms;
  const std::vector<planned_request> plan = steady_arrivals(begin, 0.3, 1000, 1, 7);
  const std::vector<heard> said = run_open_loop({.target = server.target, .path = "/", .connections = 20}, plan);

  ASSERT_EQ(said.size(), plan.size());
  EXPECT_NEAR(static_cast<double>(plan.size()), 300, 80);
  for (const heard& one : said) {
    EXPECT_TRUE(one.yes());
    EXPECT_GT(one.sequence, 0);
    EXPECT_GE(one.sent_at, one.due_at);
    EXPECT_GE(one.latency_ns(), one.received_at - one.sent_at);
  }
}

TEST(open_loop, counts_those_who_find_no_connection_and_does_not_send_them_late) {
  simple_server server([](int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return yes(1);
  });
  std::vector<planned_request> plan;
  for (int n = 0; n < 10; ++n) plan.push_back({now_ns(), n + 1});
  const std::vector<heard> said =
      run_open_loop({.target = server.target, .path = "/", .connections = 1, .connection_patience_ns = 50 * ms}, plan);

  std::map<heard::kind, int> count;
  for (const heard& one : said) ++count[one.what];
  EXPECT_EQ(count[heard::kind::answer], 1);
  EXPECT_EQ(count[heard::kind::no_connection], 9);
}

TEST(open_loop, asks_again_when_it_was_told_to_and_no_sooner) {
  simple_server server([](int number) { return number == 0 ? busy : yes(1); });
  const std::vector<heard> said = run_open_loop(
      {.target = server.target, .path = "/", .connections = 1, .refused = asking_again::after_retry_after},
      {{now_ns(), 42}});

  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].surely_not);
  EXPECT_EQ(said[0].retry_after_s, 1);
  EXPECT_EQ(said[1].user, 42);
  EXPECT_TRUE(said[1].yes());
  EXPECT_GE(said[1].sent_at - said[0].received_at, 1000 * ms);
}

TEST(open_loop, asks_again_at_once_when_it_has_no_patience) {
  simple_server server([](int number) { return number < 50 ? busy : yes(1); });
  const std::vector<heard> said = run_open_loop(
      {.target = server.target, .path = "/", .connections = 1, .refused = asking_again::at_once}, {{now_ns(), 42}});
  EXPECT_EQ(said.size(), 51u);
  EXPECT_TRUE(said.back().yes());
}

TEST(summarize_overload, tells_what_was_accepted_in_time_and_when_all_was_well_again) {
  const auto at = [](int due_ms, int took_ms, int status) {
    return heard{.user = 1,
                 .due_at = due_ms * ms,
                 .sent_at = due_ms * ms,
                 .received_at = (due_ms + took_ms) * ms,
                 .surely_not = status == 503,
                 .status = status,
                 .retry_after_s = status == 503 ? 2 : 0};
  };
  std::vector<heard> history = {at(100, 10, 201), at(200, 10, 503), at(300, 800, 201), at(400, 10, 500)};
  history.push_back({.due_at = 500 * ms, .received_at = 750 * ms, .what = heard::kind::no_connection});
  for (int due_ms = 1000; due_ms < 2000; due_ms += 50) history.push_back(at(due_ms, due_ms < 1300 ? 90 : 10, 201));

  overload_figures figures;
  figures.normal.p50 = 10;
  summarize_overload(history, 0, 1000 * ms, figures);
  EXPECT_EQ(figures.offered, 5u);
  EXPECT_EQ(figures.accepted_per_s, 1) << "the slow one came after the end";
  EXPECT_EQ(figures.refused_per_s, 1);
  EXPECT_EQ(figures.unknown, 1u);
  EXPECT_EQ(figures.unsent, 1u);
  EXPECT_EQ(figures.refused_without_retry_after, 0u);
  EXPECT_EQ(figures.normal_after_ms, 300);
}

}  // namespace
}  // namespace firstcome::load
