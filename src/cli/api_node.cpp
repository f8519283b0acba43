#include "cli/api_node.hpp"

#include <algorithm>
#include <future>

#include "cli/ledger_mark.hpp"
#include "cli/recovery_log.hpp"
#include "cli/store_check.hpp"
#include "issuing/distributed/coupon_service.hpp"

namespace firstcome::cli {

namespace {

namespace asio = boost::asio;
namespace log = runtime::log;

constexpr std::chrono::milliseconds readiness_interval{50};
constexpr int store_work_waiting_max = 4096;
constexpr int strangers_waiting_max = 1024;
constexpr int recovery_threads = 2;
constexpr int change_threads = 2;

std::function<void(std::function<void()>)> post_to(http::event_loop& loop) {
  return [&context = loop.context()](std::function<void()> work) { asio::post(context, std::move(work)); };
}

/// Runs something on the loop's thread and waits for it.
void run_on(http::event_loop& loop, const std::function<void()>& work) {
  std::promise<void> done;
  asio::post(loop.context(), [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

api_node::api_node(const api_options& options)
    : options_(options),
      marked_(check_stores_at_start(options.stores)),
      clock_(machine_clock_),
      metrics_(api::route_names()) {
  const event_loops& loops = make_event_loops(parts_, options_.threads);
  make_ways(loops);
  make_issuer();
  make_front(loops);
  start_event_loops(parts_, loops);
  const auto refuse = [this] {
    draining_ = true;
    ready_ = false;
  };
  parts_.add("readiness", {.start = [this] { loops_run_ = true; }, .refuse = refuse});
}

void api_node::make_ways(const event_loops& loops) {
  ways_ = &parts_.make("ways to Redis", [&] {
    auto made = std::make_unique<ways>();
    for (const auto& loop : loops) made->push_back(std::make_unique<way_to_redis>(*loop, options_, clock_));
    return made;
  });
  const auto start = [this] {
    for (const auto& way : *ways_) way->start();
    look_at_readiness(*readiness_timer_);
  };
  parts_.with({.start = start, .give_up = [this] { give_up_ways(); }});
  readiness_timer_ =
      &parts_.make("readiness timer", [&] { return std::make_unique<asio::steady_timer>(loops.front()->context()); });
}

// What waits is refused, what was sent is unknown from here: then nobody keeps the loops from their end.
void api_node::give_up_ways() {
  draining_ = true;
  for (const auto& way : *ways_) {
    const auto stop = [&] {
      if (way == ways_->front()) readiness_timer_->cancel();
      way->stop();
      issuer_->stop(way->loop);
      way->stop_sockets();
    };
    loops_run_ ? run_on(way->loop, stop) : stop();
  }
}

/// Its threads end while the loops still take their results; the pool itself stays until the loops, which may still ask
/// it, are gone.
issuing::store_pool& api_node::make_pool(const char* name, int threads, int waiting_max) {
  auto& made = parts_.make(name, [&] {
    return std::make_unique<issuing::store_pool>(static_cast<std::size_t>(threads), waiting_max, [this] {
      return std::make_unique<issuing::stores>(
          issuing::stores{make_gate(options_.stores), make_ledger(options_.stores, &contacts_)});
    });
  });
  parts_.with({.give_up = [&made] { made.close(); }});
  return made;
}

void api_node::make_issuer() {
  // Threads for each kind of work on the stores, so that none waits behind another.
  auto& changes = make_pool("threads for changes", change_threads, store_work_waiting_max);
  auto& look_ups = make_pool("threads for look-ups", options_.store_threads, store_work_waiting_max);
  auto& recovery_pool = make_pool("threads for the recovery of gates", recovery_threads, store_work_waiting_max);
  auto& strangers = make_pool("thread for ids that nobody may have heard of", 1, strangers_waiting_max);
  auto& recovery = parts_.make("recovery of gates", [&] {
    return std::make_unique<issuing::pooled_gate_recovery>(recovery_pool, strangers, clock_, log_recovery);
  });
  issuer_ = &parts_.make("issuer", [&] {
    return std::make_unique<issuing::distributed_issuer>(
        recovery, machine_clock_,
        issuing::distributed_issuer::options{
            .waiting_max = static_cast<std::size_t>(options_.max_waiting),
            .reply_timeout = options_.request_timeout,
            .on_batch = [this](std::size_t users) { metrics_.count_batch(users, 0, {}); }});
  });
  for (const auto& way : *ways_) issuer_->add_loop({&way->loop, way->gate(), post_to(way->loop)});
  coupons_ = &parts_.make("coupons", [&] {
    return std::make_unique<issuing::distributed_coupon_service>(look_ups, changes, recovery, clock_,
                                                                 options_.request_timeout / 10);
  });
}

void api_node::make_front(const event_loops& loops) {
  auto& mark =
      parts_.make("watch over Redis' owner", [] { return std::make_unique<std::optional<ledger_mark_watch>>(); });
  parts_.with({.start = [&] { mark.emplace(options_.stores, marked_, leave_a_strangers_redis); },
               .give_up = [&mark] { mark.reset(); }});
  tokens_ = &parts_.make("tokens", [&] { return std::make_unique<token_sources>(options_, options_.admin_token); });
  auto& application = parts_.make("application", [&] {
    return std::make_unique<api::application>(
        api::dependencies{*issuer_, *coupons_, metrics_, clock_, ready_, [this] { return away(); }},
        tokens_->settings_of(options_), wire_settings_of(options_));
  });
  parts_.with({.refuse = [&application] { application.refuse(); },
               .quiet = [&application] { return application.quiet(); },
               .give_up = [&application] { application.close(); }});
  server_ = &make_server(parts_, loops, application, limits_of(options_), machine_clock_, options_.listen);
  metrics_.watch(
      {.connections = [this] { return server_->connections(); }, .waiting = [this] { return issuer_->waiting(); }});
}

const char* api_node::away() const {
  return redis_answers_ ? contacts_.away() : store_contacts::redis_name;
}

// Ready when every loop has an answer of Redis to a script. Not the database: without it the node accepts all the same,
// and the workers catch up.
void api_node::look_at_readiness(asio::steady_timer& timer) {
  const bool answers = std::ranges::all_of(*ways_, [](const auto& way) { return way->answers(); });
  ready_ = answers && !draining_;
  redis_answers_ = answers;
  if (draining_) return;
  timer.expires_after(readiness_interval);
  timer.async_wait([this, &timer](boost::system::error_code stopped) {
    if (!stopped) look_at_readiness(timer);
  });
}

int run_api(const api_options& options) {
  prepare_process(options.warnings);
  std::uint64_t accepted = 0;
  {
    api_node node(options);
    run_node(node, {.port_file = options.port_file, .drain_timeout = options.drain_timeout}, [&] {
      log::info("listening", {{"address", to_string(node.listening_at())},
                              {"redis", to_string(redis_address_of(options.stores))},
                              {"threads", options.threads},
                              {"version", FIRSTCOME_VERSION}});
    });
    accepted = node.accepted();
  }
  log::info(accepted > 0 ? "left; everything that was accepted is in Redis" : "left; it said yes to nobody");
  return 0;
}

}  // namespace firstcome::cli
