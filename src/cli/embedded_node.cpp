#include "cli/embedded_node.hpp"

#include <cstdlib>
#include <random>

#include "cli/rebuild.hpp"
#include "issuing/embedded/coupon_service.hpp"
#include "issuing/embedded/issuer.hpp"
#include "ledger/sqlite/data_folder.hpp"
#include "ledger/sqlite/upgrade.hpp"

namespace firstcome::cli {

namespace {

namespace log = runtime::log;

std::uint64_t random_seed() {
  std::random_device source;
  return (static_cast<std::uint64_t>(source()) << 32) | source();
}

runtime::secret admin_token_of(const serve_options& options) {
  return options.admin_token.empty() ? runtime::read_or_make_token(options.admin_token_file()) : options.admin_token;
}

/// Brings the folder's ledger to the version that this program knows.
void upgrade(const ledger::data_folder& held) {
  if (const auto done = ledger::upgrade_ledger(held))
    log::write(spdlog::level::info, "the ledger was upgraded in place",
               {{"from_version", done->from}, {"to_version", done->to}, {"backup", done->backup.string()}});
}

// What is on disk is the truth, and only a restart reads it again.
void leave_broken(const std::string& what) {
  log::write(spdlog::level::critical, "the ledger failed: the process ends, and a restart goes on from what is on disk",
             {{"reason", what}});
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

embedded_node::embedded_node(const serve_options& options) : metrics_(api::route_names()) {
  make_store(options.data_dir);
  const event_loops& loops = make_event_loops(parts_, options.threads);
  make_writer(static_cast<std::size_t>(options.max_waiting));
  make_front(options, loops);
  start_event_loops(parts_, loops);
  parts_.add("readiness", {.start = [this] { ready_ = true; }, .refuse = [this] { ready_ = false; }});
}

void embedded_node::make_store(const std::filesystem::path& data_dir) {
  const auto& folder = parts_.make("data folder", [&] { return std::make_unique<ledger::data_folder>(data_dir); });
  ledger_ = &parts_.make("ledger", [&] {
    upgrade(folder);
    return std::make_unique<ledger::sqlite_ledger>(ledger::sqlite_ledger_options{.folder = folder.path()});
  });
  parts_.with({.stop = [this] { ledger_->close_whole(); }});
  gates_ = &parts_.make("gates", [&] {
    auto made = std::make_unique<gate::gate_table>(random_seed());
    rebuild_gates(*made, *ledger_->open_loader(), folder.path());
    return made;
  });
}

void embedded_node::make_writer(std::size_t waiting_max) {
  issuing::embedded_writer_thread::hooks on;
  on.on_batch = [this](const issuing::embedded_writer_thread::batch_report& report) {
    metrics_.count_batch(report.calls, report.rows, report.commit_duration);
  };
  on.on_broken = leave_broken;
  writer_ = &parts_.make("writer", [&] {
    return std::make_unique<issuing::embedded_writer_thread>(ledger_->single_writer(), *gates_, clock_, waiting_max,
                                                             std::move(on));
  });
}

void embedded_node::make_front(const serve_options& options, const event_loops& loops) {
  auto& issuer = parts_.make("issuer", [&] { return std::make_unique<issuing::embedded_issuer>(*gates_, *writer_); });
  auto& coupons = parts_.make("readers", [&] {
    return std::make_unique<issuing::embedded_coupon_service>(
        *gates_, *writer_, [this] { return ledger_->open_reader(); }, leave_broken);
  });
  tokens_ = &parts_.make("tokens", [&] { return std::make_unique<token_sources>(options, admin_token_of(options)); });
  auto& application = parts_.make("application", [&] {
    return std::make_unique<api::application>(api::dependencies{issuer, coupons, metrics_, clock_, ready_},
                                              tokens_->settings_of(options), wire_settings_of(options));
  });
  parts_.with({.refuse = [&application] { application.refuse(); },
               .quiet = [&application] { return application.quiet(); },
               .give_up = [&application] { application.close(); }});
  server_ = &make_server(parts_, loops, application, limits_of(options), clock_, options.listen);
  metrics_.watch(
      {.connections = [this] { return server_->connections(); }, .waiting = [this] { return writer_->waiting(); }});
}

}  // namespace firstcome::cli
