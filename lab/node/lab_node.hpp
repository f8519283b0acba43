#pragma once

// `firstcome api --lab`: a node that issues by one of the strategies, on the original service's tables. The wiring of
// api_node.hpp is that of the real gate.
//
// Constructed: the database is looked at, the port is bound.

#include <atomic>
#include <memory>

#include "api/application.hpp"
#include "cli/api.hpp"
#include "cli/http_front.hpp"
#include "cli/node.hpp"
#include "http/server.hpp"
#include "lab/strategies/lab_coupons.hpp"
#include "lab/strategies/queue_of_list.hpp"
#include "redis/subscriber.hpp"

namespace firstcome::lab {

class lab_node final : public cli::node, private redis::subscriber::listener {
 public:
  /// Throws for whatever makes starting impossible.
  explicit lab_node(const cli::api_options& options);

  runtime::component_list& parts() override { return parts_; }
  cli::endpoint listening_at() const override { return server_->endpoint(); }

 private:
  std::unique_ptr<issuing::per_thread> make_tools() const;
  void make_tables() const;
  void make_shared_parts();
  void make_issuer();
  void make_front(const cli::event_loops& loops);
  void start_consumer();
  void on_message(std::string_view channel, std::string_view text) override;
  void on_subscribed() override;

  const cli::api_options options_;
  const sql::mysql_address database_;
  const redis::session::options redis_;
  runtime::machine_clock clock_;
  runtime::metrics metrics_;
  std::atomic<bool> ready_{false};
  std::unique_ptr<issuing::queue_consumer> consumer_;  // of the asynchronous strategies, while the node runs

  // Parts that others need, in the order in which they are made.
  redis::locks* locks_ = nullptr;
  issuing::coupon_cache* cache_ = nullptr;
  issuing::shared_parts* shared_ = nullptr;
  issuing::blocking_issuer* issuer_ = nullptr;
  issuing::lab_coupons* coupons_ = nullptr;
  http::server* server_ = nullptr;

  runtime::component_list parts_;  // last
};

/// As run_api, for --lab.
int run_lab_node(const cli::api_options& options);

}  // namespace firstcome::lab
