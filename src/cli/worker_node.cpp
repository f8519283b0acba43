// `firstcome worker`, wired together: the threads that move, the message that wakes them, and the probes.

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "api/probe_application.hpp"
#include "cli/graceful_shutdown.hpp"
#include "cli/http_front.hpp"
#include "cli/ledger_mark.hpp"
#include "cli/port_file.hpp"
#include "cli/recovery_log.hpp"
#include "cli/store_check.hpp"
#include "cli/worker.hpp"
#include "gate/redis/keys.hpp"
#include "http/server.hpp"
#include "redis/subscriber.hpp"
#include "runtime/clock.hpp"
#include "runtime/machine.hpp"
#include "worker/worker_metrics.hpp"

namespace firstcome::cli {

namespace {

namespace log = runtime::log;

class worker_node final : public node, public redis::subscriber::listener {
 public:
  explicit worker_node(const worker_options& options)
      : options_(options),
        marked_(check_stores_at_start(options.stores)),
        pool_([this] { return make_gate(options_.stores); }, [this] { return make_ledger(options_.stores); }, clock_,
              pool_options(), hooks()),
        application_(ready_, [this] { return metrics_.to_prometheus(); }),
        loops_(make_loops(1)),
        server_(loops_, application_, {.connections_max = 64}, clock_) {
    listen_at(server_, options_.listen);
  }

  ~worker_node() override {
    server_.drain();
    server_.abort();
    for (const auto& loop : loops_) loop->finish();
  }

  endpoint listening_at() const { return server_.endpoint(); }

  void start() {
    server_.start();
    for (const auto& loop : loops_) loop->start();
    mark_.emplace(options_.stores, marked_, leave_a_strangers_redis);
    pool_.start();
    const redis::subscriber::options to{.at = redis_address_of(options_.stores),
                                        .connect_timeout = options_.stores.store_timeout};
    messages_.emplace(to, std::vector<std::string>{gate::wake_channel(options_.stores.redis_prefix)}, *this);
  }

  void drain() override {
    leaving_ = true;
    ready_ = false;
    server_.drain();
    pool_.drain();
  }
  bool drained() const override { return pool_.drained(); }

 private:
  worker::worker_pool::options pool_options() const {
    return {.threads = options_.threads,
            .rows_max = static_cast<std::size_t>(options_.batch_rows),
            .retention = std::chrono::days(options_.retention_days)};
  }

  worker::worker_pool::hooks hooks() {
    worker::worker_pool::hooks on;
    on.on_move = [this](coupon_id coupon, const worker::move_report& moved) {
      metrics_.count_move(coupon, moved);
      if (moved.outcome == worker::move_outcome::alarm)
        log::write(spdlog::level::critical, "a coupon's admissions cannot be written: firstcome audit names them",
                   {{"coupon", raw(coupon)}, {"reason", moved.why}});
      if (moved.dead_letters > 0)
        log::warn("dead letters were made", {{"coupon", raw(coupon)}, {"letters", moved.dead_letters}});
    };
    on.on_recovery = [this](coupon_id coupon, const coordination::recovery_report& report) {
      metrics_.count_recovery(report);
      log_recovery(coupon, report);
    };
    on.on_standing = [this](coupon_id coupon, std::size_t behind, bool over) {
      metrics_.count_standing(coupon, behind, over);
    };
    on.on_failure = [this](const std::string& what) {
      metrics_.count_failure();
      if (ready_.exchange(false)) log::warn("a store does not answer; trying again", {{"reason", what}});
    };
    on.on_success = [this] {
      if (!leaving_ && !ready_.exchange(true)) log::info("the stores answer");
    };
    return on;
  }

  void on_subscribed() override { pool_.wake_all(); }
  void on_message(std::string_view, std::string_view message) override {
    std::int64_t id = 0;
    const auto [end, wrong] = std::from_chars(message.data(), message.data() + message.size(), id);
    if (wrong == std::errc() && end == message.data() + message.size() && id >= id_min) pool_.wake(coupon_id{id});
  }

  const worker_options options_;
  const bool marked_;
  runtime::machine_clock clock_;
  worker::worker_metrics metrics_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> leaving_{false};
  worker::worker_pool pool_;
  api::probe_application application_;
  std::vector<std::unique_ptr<http::event_loop>> loops_;
  http::server server_;
  std::optional<redis::subscriber> messages_;  // it calls the pool
  std::optional<ledger_mark_watch> mark_;
};

}  // namespace

int run_worker(const worker_options& options) {
  for (const std::string& warning : options.warnings) log::warn(warning);
  runtime::ignore_broken_pipes();
  runtime::keep_new_files_private();
  {
    worker_node node(options);
    graceful_shutdown until_asked(node, options.drain_timeout);
    if (!options.port_file.empty()) write_port_file(options.port_file, node.listening_at());
    node.start();
    log::info("working", {{"probes", to_string(node.listening_at())},
                          {"redis", to_string(redis_address_of(options.stores))},
                          {"threads", options.threads},
                          {"version", FIRSTCOME_VERSION}});
    until_asked.wait();
    if (!node.drained()) {
      // A thread waits for a store that does not answer, and may for long. It is safe to die on it: whatever was not
      // committed is moved by somebody else.
      log::info("left what was under way");
      std::_Exit(0);
    }
  }
  log::info("left");
  return 0;
}

}  // namespace firstcome::cli
