#pragma once

// The embedded shape, wired together: ledger, gates, writer, API and HTTP server in one process.
//
// Life: constructed (everything is checked, the ledger is open, the gates are rebuilt, the port is bound), `start`,
// then `drain` until `quiet` or out of patience, then destroyed, which answers what is still under way and flushes.

#include <memory>
#include <vector>

#include "api/application.hpp"
#include "cli/graceful_shutdown.hpp"
#include "cli/http_front.hpp"
#include "cli/serve.hpp"
#include "gate/memory/gate_table.hpp"
#include "http/server.hpp"
#include "issuing/embedded/coupon_service.hpp"
#include "issuing/embedded/issuer.hpp"
#include "issuing/embedded/writer_thread.hpp"
#include "ledger/sqlite/data_folder.hpp"
#include "ledger/sqlite/ledger.hpp"

namespace firstcome::cli {

class embedded_node final : public node {
 public:
  /// Throws for whatever makes starting impossible: a folder in use, a foreign schema, books that do not agree, a
  /// port that is taken.
  explicit embedded_node(const serve_options& options);
  ~embedded_node() override;

  void start();
  endpoint listening_at() const { return server_.endpoint(); }

  void drain() override;
  bool read_again() override;
  bool drained() const override { return server_.connections() == 0; }

 private:
  void fill_gates();
  issuing::embedded_writer_thread::hooks writer_hooks();

  // In the order in which they need each other.
  ledger::data_folder folder_;
  runtime::machine_clock clock_;
  ledger::sqlite_ledger ledger_;
  struct whole_at_end {  // destroyed after everything that uses the ledger
    ledger::sqlite_ledger& of;
    ~whole_at_end() { of.close_whole(); }
  } whole_{ledger_};
  gate::gate_table gates_;
  runtime::metrics metrics_;
  std::vector<std::unique_ptr<http::event_loop>> loops_;
  std::unique_ptr<issuing::embedded_writer_thread> writer_;  // after the gates are rebuilt
  issuing::embedded_issuer issuer_;
  issuing::embedded_coupon_service coupons_;
  std::atomic<bool> ready_{false};
  std::shared_ptr<identity::operator_tokens> operators_;
  const user_verification users_;
  api::application application_;
  http::server server_;
  std::unique_ptr<identity::token_watch> token_watch_;
};

}  // namespace firstcome::cli
