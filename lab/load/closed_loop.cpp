#include "lab/load/closed_loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "lab/load/address.hpp"
#include "lab/load/response.hpp"

namespace firstcome::load {
namespace {

constexpr int events_per_wait = 512;
constexpr std::size_t answer_size_max = std::size_t{16} * 1024;
// Short waits cost CPU: the timer has to be set for each. So they are short only while somebody has nothing to send.
constexpr int wait_ms_max = 50;
constexpr instant_ns idle_check_ns = 1'000'000;
constexpr instant_ns timeout_check_ns = 100'000'000;
constexpr instant_ns reconnect_pause_ns = 20'000'000;

enum class phase { broken, connecting, free, waiting, away };

struct connection {
  free_connection where{};
  const address* to = nullptr;
  int fd = -1;
  phase state = phase::broken;
  bool listed = false;  // among those that had nothing to send
  bool of_use = false;  // an answer came over it since it was opened
  std::uint64_t tag = 0;
  instant_ns sent_at = 0;  // or when it began to connect
  instant_ns patience_ns = 0;
  instant_ns reconnect_at = 0;
  std::string unsent;  // only when the kernel did not take a request whole
  std::size_t used = 0;
  std::array<char, answer_size_max> buffer;
};

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::vector<address> resolve_all(const loop_options& options) {
  std::vector<address> resolved{resolve(options.target)};
  for (const endpoint& target : options.more_targets) resolved.push_back(resolve(target));
  return resolved;
}

class closed_loop {
 public:
  closed_loop(const loop_options& options, workload& work)
      : options_(options), work_(work), addresses_(resolve_all(options)) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) fail(errno, "epoll_create1");
    reached_at_ = now_ns();
    for (int i = 0; i < options.connections; ++i) {
      connections_.push_back(std::make_unique<connection>());
      connection& c = *connections_.back();
      c.where.number = static_cast<std::size_t>(i);
      c.where.target = c.where.number % addresses_.size();
      c.to = &addresses_[c.where.target];
    }
  }
  closed_loop(const closed_loop&) = delete;

  ~closed_loop() {
    for (auto& c : connections_)
      if (c->fd >= 0) close(c->fd);
    close(epoll_);
  }

  void run() {
    std::array<epoll_event, events_per_wait> events;
    for (;;) {
      const instant_ns now = now_ns();
      if (work_.finished(now) && waiting_ == 0) return;
      if (work_.gives_up(now)) return give_up(now);
      if (now >= next_check_) check(now);
      if (away_ == options_.connections) return;
      const int ready = epoll_wait(epoll_, events.data(), events_per_wait, wait_ms());
      for (int i = 0; i < ready; ++i) handle(*static_cast<connection*>(events[i].data.ptr), events[i].events);
    }
  }

 private:
  /// Rounded down: an instant that is less than a millisecond off is waited for without sleeping.
  int wait_ms() {
    const instant_ns at = work_.comes_round_at();
    const int longest = not_sending_ > away_ ? 1 : wait_ms_max;
    if (at == INT64_MAX) return longest;
    return static_cast<int>(std::clamp<instant_ns>((at - now_ns()) / 1'000'000, 0, longest));
  }

  void give_up(instant_ns now) {
    for (auto& c : connections_)
      if (c->state == phase::waiting) work_.lost(c->tag, c->sent_at, now);
  }

  /// What no event announces: connections to open, connections that had nothing to send, answers that do not come.
  void check(instant_ns now) {
    next_check_ = now + idle_check_ns;
    const bool check_timeouts = now >= next_timeout_check_;
    if (check_timeouts) next_timeout_check_ = now + timeout_check_ns;
    while (!free_.empty()) {
      connection& c = take_free();
      if (c.state == phase::free && !send_next(c)) break;  // which lists it again
    }
    if (broken_ == 0 && !check_timeouts) return;
    for (auto& c : connections_) {
      if (c->state == phase::broken && now >= c->reconnect_at) open(*c, now);
      const bool answers_late = c->state == phase::waiting || c->state == phase::connecting;
      if (check_timeouts && answers_late && now - c->sent_at > c->patience_ns) drop(*c, now);
    }
  }

  connection& take_free() {
    connection& c = options_.by_turns ? *free_.front() : *free_.back();
    options_.by_turns ? free_.pop_front() : free_.pop_back();
    c.listed = false;
    return c;
  }

  void open(connection& c, instant_ns now) {
    c.fd = socket(c.to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c.fd < 0) fail(errno, "socket");
    const int on = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c.used = 0;
    c.unsent.clear();
    c.of_use = false;
    c.sent_at = now;
    c.patience_ns = options_.request_timeout_ns;
    c.state = phase::connecting;
    --broken_;
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.ptr = &c}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    if (connect(c.fd, reinterpret_cast<const sockaddr*>(&c.to->storage), c.to->length) != 0 && errno != EINPROGRESS)
      drop(c, now);
  }

  void watch(connection& c, std::uint32_t what) {
    epoll_event event{.events = what, .data = {.ptr = &c}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
  }

  /// Closes it, to be opened again. An outstanding request's outcome is unknown from here on.
  void drop(connection& c, instant_ns now) {
    const phase was = c.state;
    close(c.fd);
    c.fd = -1;
    c.state = phase::broken;
    ++broken_;
    c.reconnect_at = c.of_use ? now : now + reconnect_pause_ns;
    if (was == phase::waiting) {
      --waiting_;
      ++not_sending_;
      work_.lost(c.tag, c.sent_at, now);
    } else if (was == phase::connecting) {
      turned_away_at(c, now);
    }
  }

  void turned_away_at(connection& c, instant_ns now) {
    if (options_.when_refused == turned_away::stays_away) {
      c.state = phase::away;
      --broken_;
      ++away_;
    } else if (now - reached_at_ > options_.connect_patience_ns) {
      fail(ECONNREFUSED, "the server cannot be reached");
    }
  }

  void handle(connection& c, std::uint32_t what) {
    if (c.fd < 0) return;  // dropped earlier in this round
    if (c.state == phase::connecting) return finish_connect(c);
    if ((what & EPOLLOUT) != 0 && !c.unsent.empty()) return flush(c);
    const ssize_t got = read(c.fd, c.buffer.data() + c.used, c.buffer.size() - c.used);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return drop(c, now_ns());
    c.used += static_cast<std::size_t>(got);
    take_answer(c);
  }

  void finish_connect(connection& c) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    const instant_ns now = now_ns();
    if (error != 0) return drop(c, now);
    reached_at_ = now;
    c.state = phase::free;
    watch(c, EPOLLIN);
    send_next(c);
  }

  void take_answer(connection& c) {
    const instant_ns now = now_ns();
    response got;
    const parsed outcome = parse_response({c.buffer.data(), c.used}, got);
    if (outcome == parsed::partial && c.used < c.buffer.size()) return;
    // An answer that nobody asked for (a 408 before the server closes an idle connection) is not anybody's answer.
    if (outcome != parsed::whole || c.state != phase::waiting) return drop(c, now);
    c.state = phase::free;
    c.of_use = true;
    reached_at_ = now;
    c.used = 0;  // one request at a time, so nothing can follow
    --waiting_;
    ++not_sending_;
    work_.answered({.tag = c.tag,
                    .status = got.status,
                    .body = got.body,
                    .retry_after_s = got.retry_after_s,
                    .sent_at = c.sent_at,
                    .received_at = now});
    if (got.closes) return drop(c, now);
    if (options_.by_turns && !free_.empty()) return list(c);
    send_next(c);
  }

  void list(connection& c) {
    if (!std::exchange(c.listed, true)) free_.push_back(&c);
  }

  /// False: there was nothing to send.
  bool send_next(connection& c) {
    const instant_ns now = now_ns();
    const auto request = work_.next(now, c.where);
    if (!request) return list(c), false;
    c.tag = request->tag;
    c.sent_at = now;
    c.patience_ns = request->patience_ns > 0 ? request->patience_ns : options_.request_timeout_ns;
    c.state = phase::waiting;
    ++waiting_;
    --not_sending_;
    write(c, request->bytes, now);
    return true;
  }

  void write(connection& c, std::string_view bytes, instant_ns now) {
    ssize_t sent = send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return drop(c, now);
    sent = std::max<ssize_t>(sent, 0);
    if (static_cast<std::size_t>(sent) == bytes.size()) return;
    c.unsent = bytes.substr(static_cast<std::size_t>(sent));
    watch(c, EPOLLIN | EPOLLOUT);
  }

  void flush(connection& c) {
    const std::string bytes = std::exchange(c.unsent, {});
    write(c, bytes, now_ns());
    if (c.state == phase::waiting && c.unsent.empty()) watch(c, EPOLLIN);
  }

  const loop_options& options_;
  workload& work_;
  const std::vector<address> addresses_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<connection>> connections_;
  int waiting_ = 0;                         // connections whose answer is outstanding
  int not_sending_ = options_.connections;  // the others
  int broken_ = options_.connections;       // of those, the ones to be opened
  int away_ = 0;                            // of those, the ones that stay closed
  std::deque<connection*> free_;            // of those, the ones that had nothing to send; some may be so no longer
  instant_ns reached_at_ = 0;               // when a connection was taken, or an answer came
  instant_ns next_check_ = 0;
  instant_ns next_timeout_check_ = 0;
};

}  // namespace

instant_ns now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void run_closed_loop(const loop_options& options, workload& work) {
  closed_loop(options, work).run();
}

}  // namespace firstcome::load
