#pragma once

// An API node of the distributed shape, wired together: event loops, each with its way to Redis; the issuer; pools of
// threads with connections of their own for everything else; the HTTP server. It keeps nothing: it may be killed at any
// time.

#include "api/application.hpp"
#include "cli/api.hpp"
#include "cli/http_front.hpp"
#include "cli/node.hpp"
#include "cli/way_to_redis.hpp"
#include "issuing/distributed/issuer.hpp"
#include "issuing/distributed/pooled_gate_recovery.hpp"

namespace firstcome::cli {

class api_node final : public node {
 public:
  /// Throws for whatever makes starting impossible and will not change by waiting: a foreign schema, a Redis that is
  /// not durable enough, a wrong password, a port that is taken. A store that does not answer is waited for: the node
  /// is there, and not ready.
  explicit api_node(const api_options& options);

  runtime::component_list& parts() override { return parts_; }
  endpoint listening_at() const override { return server_->endpoint(); }
  /// Requests that were answered with a new coupon.
  std::uint64_t accepted() const {
    return metrics_.read_issue_totals().outcomes[static_cast<std::size_t>(verdict::admitted)];
  }
  bool read_again() override { return tokens_->read_again(); }

 private:
  using ways = std::vector<std::unique_ptr<way_to_redis>>;

  void make_ways(const event_loops& loops);
  void give_up_ways();
  issuing::store_pool& make_pool(const char* name, int threads, int waiting_max);
  void make_issuer();
  void make_front(const event_loops& loops);
  void look_at_readiness(boost::asio::steady_timer& timer);
  /// The name of the store that does not answer, or null.
  const char* away() const;

  const api_options options_;
  const bool marked_;  // Redis was seen to be this ledger's
  runtime::machine_clock machine_clock_;
  issuing::gate_clock clock_;
  runtime::metrics metrics_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> redis_answers_{true};
  store_contacts contacts_;  // of the pools' connections: the database
  std::atomic<bool> draining_{false};
  bool loops_run_ = false;

  // Parts that others need, in the order in which they are made.
  ways* ways_ = nullptr;
  boost::asio::steady_timer* readiness_timer_ = nullptr;
  issuing::distributed_issuer* issuer_ = nullptr;
  issuing::coupon_service* coupons_ = nullptr;
  token_sources* tokens_ = nullptr;
  http::server* server_ = nullptr;

  runtime::component_list parts_;  // last
};

}  // namespace firstcome::cli
