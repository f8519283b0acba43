#pragma once

// What one event loop of an API node has for itself: a client of Redis, and the gate behind it. It asks Redis now and
// then: a connection that is there is no answer. Thread safety: the loop's thread, but for construction and `answers`.

#include <boost/asio/steady_timer.hpp>

#include <atomic>

#include "cli/api.hpp"
#include "http/event_loop.hpp"
#include "issuing/distributed/redis_gate_client.hpp"

namespace firstcome::cli {

class way_to_redis final : private redis::completion {
 public:
  way_to_redis(http::event_loop& of, const api_options& options, issuing::gate_clock& clock);

  /// Asks again and again until `stop`.
  void start();
  void stop();
  /// Redis answered a script a moment ago. Any thread.
  bool answers() const;

  http::event_loop& loop;
  issuing::redis_gate_client& gate() { return gate_; }
  /// Lets the loop come to its end.
  void stop_sockets() { sockets_.stop(); }

 private:
  void probe();
  void replied(redis::reply_view answer) override;
  void not_executed(std::string_view) override {}
  void unknown(std::string_view) override {}

  runtime::readiness sockets_;
  redis::async_client redis_;
  issuing::redis_gate_client gate_;
  boost::asio::steady_timer timer_;
  const redis::script question_;
  const gate::gate_keys keys_;
  std::atomic<monotonic::rep> answered_at_{0};  // when a script last ran, on the steady clock
};

}  // namespace firstcome::cli
