#pragma once

// The connections of one event loop, and what they share: limits, the application, the current Date.
// Thread safety: the loop's thread only, but for `count`.

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>

#include "http/connection.hpp"
#include "http/event_loop.hpp"
#include "runtime/clock.hpp"
#include "runtime/readiness.hpp"

namespace firstcome::http {

struct connection_limits {
  std::chrono::milliseconds request_timeout{5000};
  std::chrono::milliseconds idle_timeout{75000};    // longer than balancers keep theirs, usually 60 s
  std::chrono::milliseconds reserve_timeout{1000};  // for who is in beyond connections_max, from connecting on
  std::chrono::milliseconds linger_timeout{1000};
  std::size_t connections_max = 20000;
  std::size_t head_max = head_size_max;  // bytes
  bool access_log = false;
};

/// What the connections of all loops add up to.
struct connection_counts {
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> blocked{0};  // bytes that clients were sent and do not read
};

/// What a new client gets. Beyond the limit: the longest idle one gives way; where there is none, the client is on the
/// reserve.
enum class admission { welcome, near_limit, past_limit, past_reserve };

class loop_connections {
 public:
  loop_connections(event_loop& loop, application& app, const connection_limits& limits, const runtime::clock& clock,
                   connection_counts& counts);

  /// Begins the sweeping.
  void start();
  void admit(client_socket socket, admission how);
  /// From now on, until a byte of it comes, the connection may give way to others.
  void note_idle(connection& one);
  void drain();
  void abort();

  event_loop& loop() { return loop_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }
  application& app() { return app_; }
  const connection_limits& limits() const { return limits_; }
  std::string_view date() const { return date_; }
  bool draining() const { return draining_; }
  monotonic now() const { return clock_.coarse_monotonic_now(); }
  monotonic exact_now() const { return clock_.monotonic_now(); }
  runtime::readiness& readiness() { return readiness_; }
  void remove(connection& closed);

  /// Bytes that clients of the node were sent and do not read.
  std::size_t blocked_in_all() const { return counts_.blocked.load(std::memory_order_relaxed); }
  void note_blocked(std::size_t before, std::size_t now) {
    counts_.blocked.fetch_add(now - before, std::memory_order_relaxed);
  }

 private:
  using yielding_list = boost::intrusive::list<
      connection, boost::intrusive::member_hook<connection, decltype(connection::yielding), &connection::yielding>,
      boost::intrusive::constant_time_size<false>>;

  void tick();
  static bool one_gives_way(yielding_list& of);
  template <class Function>
  void for_each(Function function);

  event_loop& loop_;
  const boost::asio::any_io_executor executor_;
  application& app_;
  const connection_limits& limits_;
  const runtime::clock& clock_;
  connection_counts& counts_;
  runtime::readiness readiness_;
  boost::asio::steady_timer timer_;
  std::string date_;
  bool draining_ = false;
  boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>> connections_;
  yielding_list idle_;     // the longest idle first
  yielding_list reserve_;  // the longest there first
};

}  // namespace firstcome::http
