#pragma once

// Answers that must not tell by their time how they came about. "Sold out", said to whoever has not proven who they
// are, leaves a `hold_time` after the request came: whether a signature was looked at in between, or not. Thread
// safety: `hold` on the exchange's loop's thread; each loop has a queue of its own.

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "identity/verification_key.hpp"

namespace firstcome::api {

class held_answers {
 public:
  using clock = std::chrono::steady_clock;
  /// Longer than a signature takes while threads are idle, and short for a user. (OpenSSL 3.0 at 3 GHz: RSA of 2048 and
  /// 4096 bits 19 and 72 µs, P-256 80, Ed25519 110; and about 60 to hand it over and back.)
  static std::chrono::microseconds hold_time(identity::algorithm signed_with);

  class receiver {
   public:
    /// On the exchange's loop's thread, not from inside `hold`.
    virtual void on_held(routed_exchange to, const route_match& found) = 0;

   protected:
    ~receiver() = default;
  };
  explicit held_answers(receiver& to) : receiver_(to) {}

  /// The request's exchange is not answered by anybody else.
  void hold(routed_exchange to, const route_match& found, clock::time_point due);

 private:
  struct held {
    clock::time_point due;
    routed_exchange to;
    route_match found;
  };
  struct loop_queue {
    explicit loop_queue(const boost::asio::any_io_executor& origin_loop) : timer(origin_loop) {}
    std::list<held> waiting;  // by `due`
    boost::asio::steady_timer timer;
    bool armed = false;
  };
  loop_queue& queue_of(const http::exchange& x);
  void arm(loop_queue& of, clock::time_point at);
  void release(loop_queue& of);

  receiver& receiver_;
  std::shared_mutex lock_;  // guards queues_, and not what they hold
  std::unordered_map<const runtime::completion_queue*, std::unique_ptr<loop_queue>> queues_;
};

}  // namespace firstcome::api
