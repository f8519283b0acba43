#include "cli/embedded_node.hpp"

#include <cstdlib>
#include <random>

#include "cli/rebuild.hpp"
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

/// The folder, its ledger brought to the version that this program knows.
const ledger::data_folder& upgraded(const ledger::data_folder& held) {
  if (const auto done = ledger::upgrade_ledger(held))
    log::write(spdlog::level::info, "the ledger was upgraded in place",
               {{"from_version", done->from}, {"to_version", done->to}, {"backup", done->backup.string()}});
  return held;
}

// What is on disk is the truth, and only a restart reads it again.
void leave_broken(const std::string& what) {
  log::write(spdlog::level::critical, "the ledger failed: the process ends, and a restart goes on from what is on disk",
             {{"reason", what}});
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

embedded_node::embedded_node(const serve_options& options)
    : folder_(options.data_dir),
      ledger_({.folder = upgraded(folder_).path()}),
      gates_(random_seed()),
      metrics_(api::route_names()),
      loops_(make_loops(options.threads)),
      writer_((fill_gates(), std::make_unique<issuing::embedded_writer_thread>(
                                 ledger_.single_writer(), gates_, clock_, static_cast<std::size_t>(options.max_waiting),
                                 writer_hooks()))),
      issuer_(gates_, *writer_),
      coupons_(
          gates_, *writer_, [this] { return ledger_.open_reader(); }, leave_broken),
      operators_(operators_of(options, admin_token_of(options))),
      users_(verification_of(options)),
      application_({issuer_, coupons_, metrics_, clock_, ready_}, users_.with(auth_settings_of(options, operators_)),
                   wire_settings_of(options)),
      server_(loops_, application_, limits_of(options), clock_) {
  metrics_.watch(
      {.connections = [this] { return server_.connections(); }, .waiting = [this] { return writer_->waiting(); }});
  listen_at(server_, options.listen);
  token_watch_ = watch_tokens(operators_);
}

void embedded_node::fill_gates() {
  const std::unique_ptr<ledger::loader> loader = ledger_.open_loader();
  rebuild_gates(gates_, *loader, folder_.path());
}

issuing::embedded_writer_thread::hooks embedded_node::writer_hooks() {
  issuing::embedded_writer_thread::hooks on;
  on.on_batch = [this](const issuing::embedded_writer_thread::batch_report& report) {
    metrics_.count_batch(report.calls, report.rows, report.commit_duration);
  };
  on.on_broken = leave_broken;
  return on;
}

void embedded_node::start() {
  server_.start();
  for (const auto& loop : loops_) loop->start();
  ready_ = true;
}

bool embedded_node::read_again() {
  if (token_watch_) token_watch_->read_again();
  if (users_.keys) users_.keys->read_again();
  return token_watch_ || users_.keys;
}

void embedded_node::drain() {
  ready_ = false;
  server_.drain();
}

// The writer still answers what is under way, so the loops come to an end; then nobody asks it any more. A node that is
// destroyed without having been asked to drain (something threw) would otherwise wait for new clients for ever.
embedded_node::~embedded_node() {
  server_.drain();
  server_.abort();
  application_.close();
  for (const auto& loop : loops_) loop->finish();
}

}  // namespace firstcome::cli
