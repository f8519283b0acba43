#pragma once

// An API node of the distributed shape, wired together: event loops, each with its way to Redis; the issuer; a pool of
// threads with connections of their own for everything else; the HTTP server. It keeps nothing: it may be killed at any
// time.
//
// Life: constructed (the port is bound), `start`, then `drain` until `quiet` or out of patience, then destroyed.

#include <memory>
#include <optional>
#include <vector>

#include "api/application.hpp"
#include "cli/api.hpp"
#include "cli/graceful_shutdown.hpp"
#include "cli/http_front.hpp"
#include "cli/ledger_mark.hpp"
#include "http/server.hpp"
#include "issuing/distributed/coupon_service.hpp"
#include "issuing/distributed/issuer.hpp"
#include "issuing/distributed/pooled_gate_recovery.hpp"
#include "issuing/distributed/redis_gate_client.hpp"

namespace firstcome::cli {

class api_node final : public node {
 public:
  /// Throws for whatever makes starting impossible and will not change by waiting: a foreign schema, a Redis that is
  /// not durable enough, a wrong password, a port that is taken. A store that does not answer is waited for: the node
  /// is there, and not ready.
  explicit api_node(const api_options& options);
  ~api_node() override;

  void start();
  endpoint listening_at() const { return server_.endpoint(); }

  void drain() override;
  bool read_again() override;
  bool drained() const override { return server_.connections() == 0; }

 private:
  /// What one event loop has for itself. It asks Redis now and then: a connection that is there is no answer.
  struct loop_parts final : redis::completion {
    loop_parts(http::event_loop& loop, const api_options& options, issuing::gate_clock& clock);
    /// On the loop's thread, again and again until `stop`.
    void probe();
    void stop();
    bool answers() const;

    http::event_loop& loop;
    runtime::readiness sockets;
    redis::async_client redis;
    issuing::redis_gate_client gate;
    boost::asio::steady_timer timer;

   private:
    void replied(redis::reply_view answer) override;
    void not_executed(std::string_view) override {}
    void unknown(std::string_view) override {}

    const redis::script question_;
    const gate::gate_keys keys_;
    std::atomic<monotonic::rep> answered_at_{0};  // when a script last ran, on the steady clock
  };

  void look_at_readiness();

  const api_options options_;
  const bool marked_;  // Redis was seen to be this ledger's
  runtime::machine_clock machine_clock_;
  issuing::gate_clock clock_;
  runtime::metrics metrics_;
  std::vector<std::unique_ptr<http::event_loop>> loops_;
  std::vector<std::unique_ptr<loop_parts>> parts_;
  // Threads for each kind of work on the stores, so that none waits behind another.
  std::unique_ptr<issuing::store_pool> care_;       // of gates
  std::unique_ptr<issuing::store_pool> strangers_;  // asks for ids that nobody may have heard of
  std::unique_ptr<issuing::store_pool> look_ups_;
  std::unique_ptr<issuing::store_pool> changes_;
  issuing::pooled_gate_recovery keeper_;
  issuing::distributed_issuer issuer_;
  issuing::distributed_coupon_service coupons_;
  std::atomic<bool> ready_{false};
  std::atomic<const char*> away_{nullptr};
  std::atomic<bool> draining_{false};
  bool started_ = false;
  std::shared_ptr<identity::operator_tokens> operators_;
  const user_verification users_;
  api::application application_;
  http::server server_;
  boost::asio::steady_timer readiness_timer_;
  std::optional<ledger_mark_watch> mark_;
  std::unique_ptr<identity::token_watch> token_watch_;
};

}  // namespace firstcome::cli
