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
  std::chrono::milliseconds idle_timeout{60000};
  std::chrono::milliseconds linger_timeout{1000};
  std::size_t connections_max = 20000;
  bool access_log = false;
};

class loop_connections {
 public:
  loop_connections(event_loop& loop, application& app, const connection_limits& limits, const runtime::clock& clock,
                   std::atomic<std::size_t>& connections);

  /// Begins the sweeping.
  void start();
  /// Takes a client in; when `refused`, only to tell it that there are too many.
  void admit(client_socket socket, bool refused);
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

  /// Bytes that clients of this loop were sent and do not read.
  std::size_t blocked_in_all() const { return blocked_in_all_; }
  void note_blocked(std::size_t before, std::size_t now) { blocked_in_all_ += now - before; }

 private:
  void tick();
  template <class Function>
  void for_each(Function function);

  event_loop& loop_;
  const boost::asio::any_io_executor executor_;
  application& app_;
  const connection_limits& limits_;
  const runtime::clock& clock_;
  std::atomic<std::size_t>& count_;
  runtime::readiness readiness_;
  boost::asio::steady_timer timer_;
  std::string date_;
  bool draining_ = false;
  std::size_t blocked_in_all_ = 0;
  boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>> connections_;
};

}  // namespace firstcome::http
