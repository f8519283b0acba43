#pragma once

// The embedded shape, wired together: ledger, gates, writer, API and HTTP server in one process.
//
// Constructed: everything is checked, the ledger is open, the gates are rebuilt, the port is bound. Stopped: what is
// still under way is answered, and the ledger is one whole file.

#include "api/application.hpp"
#include "cli/http_front.hpp"
#include "cli/node.hpp"
#include "cli/serve.hpp"
#include "issuing/embedded/writer_thread.hpp"
#include "ledger/sqlite/ledger.hpp"

namespace firstcome::cli {

class embedded_node final : public node {
 public:
  /// Throws for whatever makes starting impossible: a folder in use, a foreign schema, books that do not agree, a
  /// port that is taken.
  explicit embedded_node(const serve_options& options);

  runtime::component_list& parts() override { return parts_; }
  endpoint listening_at() const override { return server_->endpoint(); }
  bool read_again() override { return tokens_->read_again(); }

 private:
  void make_store(const std::filesystem::path& data_dir);
  void make_writer(std::size_t waiting_max);
  void make_front(const serve_options& options, const event_loops& loops);

  runtime::machine_clock clock_;
  runtime::metrics metrics_;
  std::atomic<bool> ready_{false};

  // Parts that others need, in the order in which they are made.
  ledger::sqlite_ledger* ledger_ = nullptr;
  gate::gate_table* gates_ = nullptr;
  issuing::embedded_writer_thread* writer_ = nullptr;
  token_sources* tokens_ = nullptr;
  http::server* server_ = nullptr;

  runtime::component_list parts_;  // last
};

}  // namespace firstcome::cli
