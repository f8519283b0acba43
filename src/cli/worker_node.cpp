// `firstcome worker`, wired together: the threads that move, the message that wakes them, and the probes.

#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>

#include "api/probe_application.hpp"
#include "cli/http_front.hpp"
#include "cli/ledger_mark.hpp"
#include "cli/node.hpp"
#include "cli/recovery_log.hpp"
#include "cli/store_check.hpp"
#include "cli/worker.hpp"
#include "gate/redis/keys.hpp"
#include "http/server.hpp"
#include "redis/subscriber.hpp"
#include "runtime/clock.hpp"
#include "worker/worker_metrics.hpp"

namespace firstcome::cli {

namespace {

namespace log = runtime::log;

/// What a store fails with goes on failing, many times a second: a reason is logged when it is another one, and not
/// more often than every ten seconds. Thread safe.
class reason_log {
 public:
  void write(const std::string& why, bool at_once) {
    const std::lock_guard locked(lock_);
    const auto now = std::chrono::steady_clock::now();
    if (!at_once && (why == last_ || now - written_at_ < std::chrono::seconds(10))) return;
    last_ = why;
    written_at_ = now;
    log::warn("a store does not answer; trying again", {{"reason", why}});
  }

 private:
  std::mutex lock_;
  std::string last_;
  std::chrono::steady_clock::time_point written_at_;
};

class worker_node final : public node, public redis::subscriber::listener {
 public:
  explicit worker_node(const worker_options& options)
      : options_(options), marked_(check_stores_at_start(options.stores)) {
    const event_loops& loops = make_event_loops(parts_, 1);
    auto& probes = parts_.make("probes", [this] {
      return std::make_unique<api::probe_application>(ready_, away_, [this] { return metrics_.to_prometheus(); });
    });
    server_ = &make_server(parts_, loops, probes, {.connections_max = 64}, clock_, options_.listen);
    start_event_loops(parts_, loops);
    make_work();
  }

  runtime::component_list& parts() override { return parts_; }
  endpoint listening_at() const override { return server_->endpoint(); }

 private:
  void make_work() {
    auto& mark =
        parts_.make("watch over Redis' owner", [] { return std::make_unique<std::optional<ledger_mark_watch>>(); });
    parts_.with({.start = [this, &mark] { mark.emplace(options_.stores, marked_, leave_a_strangers_redis); }});
    pool_ = &parts_.make("threads that move", [this] {
      return std::make_unique<worker::worker_pool>([this] { return make_gate(options_.stores, &contacts_); },
                                                   [this] { return make_ledger(options_.stores, &contacts_); }, clock_,
                                                   pool_options(), hooks());
    });
    const auto refuse = [this] {
      leaving_ = true;
      ready_ = false;
      pool_->drain();
    };
    parts_.with({.start = [this] { pool_->start(); }, .refuse = refuse, .quiet = [this] { return pool_->drained(); }});
    auto& messages = parts_.make("wake-ups", [] { return std::make_unique<std::optional<redis::subscriber>>(); });
    parts_.with({.start = [this, &messages] {
      const redis::subscriber::options to{.at = redis_address_of(options_.stores),
                                          .connect_timeout = options_.stores.store_timeout};
      messages.emplace(to, std::vector<std::string>{gate::wake_channel(options_.stores.redis_prefix)}, *this);
    }});
  }

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
      away_ = contacts_.away();
      failures_.write(what, ready_.exchange(false));
    };
    on.on_success = [this] {
      if (!leaving_ && !ready_.exchange(true)) log::info("the stores answer");
    };
    return on;
  }

  void on_subscribed() override { pool_->wake_all(); }
  void on_message(std::string_view, std::string_view message) override {
    std::int64_t id = 0;
    const auto [end, wrong] = std::from_chars(message.data(), message.data() + message.size(), id);
    if (wrong == std::errc() && end == message.data() + message.size() && id >= id_min) pool_->wake(coupon_id{id});
  }

  const worker_options options_;
  const bool marked_;
  runtime::machine_clock clock_;
  worker::worker_metrics metrics_;
  store_contacts contacts_;
  reason_log failures_;
  std::atomic<const char*> away_{nullptr};  // the name of a store that does not answer
  std::atomic<bool> ready_{false};
  std::atomic<bool> leaving_{false};
  worker::worker_pool* pool_ = nullptr;
  http::server* server_ = nullptr;

  runtime::component_list parts_;  // last
};

}  // namespace

int run_worker(const worker_options& options) {
  prepare_process(options.warnings);
  {
    worker_node node(options);
    run_node(node, {.port_file = options.port_file, .drain_timeout = options.drain_timeout}, [&] {
      log::info("working", {{"probes", to_string(node.listening_at())},
                            {"redis", to_string(redis_address_of(options.stores))},
                            {"threads", options.threads},
                            {"version", FIRSTCOME_VERSION}});
    });
  }
  log::info("left");
  return 0;
}

}  // namespace firstcome::cli
