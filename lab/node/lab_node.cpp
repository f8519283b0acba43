#include "lab/node/lab_node.hpp"

#include <charconv>
#include <thread>

#include "lab/strategies/lab_keys.hpp"
#include "runtime/log.hpp"

namespace firstcome::lab {
namespace {

namespace log = runtime::log;
namespace keys = issuing::lab_keys;

std::function<void()> thinking(std::chrono::milliseconds time) {
  if (time.count() == 0) return [] {};
  return [time] { std::this_thread::sleep_for(time); };
}

coupon_id id_in(std::string_view text) {
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return coupon_id{id};
}

std::unique_ptr<issuing::blocking_issuer::thread_resources> thread_resources_with(
    std::unique_ptr<issuing::per_thread> tools, issuing::strategy_name which, issuing::shared_parts& shared) {
  auto made = std::make_unique<issuing::blocking_issuer::thread_resources>();
  made->how = issuing::make_strategy(which, shared, *tools);
  made->tools = std::move(tools);
  return made;
}

}  // namespace

lab_node::lab_node(const cli::api_options& options)
    : options_(options),
      database_(sql::parse_mysql_address(options.stores.database.reveal())),
      redis_(cli::redis_session_of(options.stores)),
      metrics_(api::route_names()) {
  make_tables();
  const cli::event_loops& loops = cli::make_event_loops(parts_, options_.threads);
  make_shared_parts();
  make_issuer();
  make_front(loops);
  cli::start_event_loops(parts_, loops);
  parts_.add("readiness", {.start = [this] { ready_ = true; }, .refuse = [this] { ready_ = false; }});
}

void lab_node::make_tables() const {
  const auto tools = make_tools();
  tools->tables.refuse_real_ledger();
  tools->tables.create();
}

void lab_node::make_shared_parts() {
  locks_ = &parts_.make("locks",
                        [&] { return std::make_unique<redis::locks>(redis_, keys::locks, options_.lab.lock_lease); });
  cache_ = &parts_.make("cache", [&] { return std::make_unique<issuing::coupon_cache>(clock_); });
  shared_ = &parts_.make("what the threads share", [&] {
    return std::unique_ptr<issuing::shared_parts>(
        new issuing::shared_parts{.clock = clock_,
                                  .locks = *locks_,
                                  .cache = *cache_,
                                  .patience = options_.request_timeout,
                                  .think = thinking(options_.lab.think_time)});
  });
  redis::subscriber::listener& hears = *this;
  parts_.make("subscriber", [&] {
    return std::make_unique<redis::subscriber>(
        redis::subscriber::options{.at = redis_.at, .connect_timeout = redis_.connect_timeout},
        std::vector<std::string>{locks_->channel(), keys::changes}, hears);
  });
}

/// The threads end while the loops still take their results, and are there until the loops, which may ask them, are
/// gone.
void lab_node::make_issuer() {
  auto& threads = parts_.make("threads of the strategy", [&] {
    return std::make_unique<issuing::blocking_issuer::pool>(
        static_cast<std::size_t>(options_.store_threads), options_.max_waiting,
        [this] { return thread_resources_with(make_tools(), options_.lab.strategy, *shared_); });
  });
  parts_.with({.give_up = [&threads] { threads.close(); }});
  issuer_ = &parts_.make("issuer", [&] { return std::make_unique<issuing::blocking_issuer>(threads); });
  coupons_ = &parts_.make("coupons", [&] { return std::make_unique<issuing::lab_coupons>(threads, clock_); });
  parts_.add("consumer", {.start = [this] { start_consumer(); }, .stop = [this] { consumer_.reset(); }});
}

void lab_node::make_front(const cli::event_loops& loops) {
  auto& application = parts_.make("application", [&] {
    return std::make_unique<api::application>(api::dependencies{*issuer_, *coupons_, metrics_, clock_, ready_},
                                              cli::auth_settings_of(options_, options_.admin_token));
  });
  server_ = &cli::make_server(parts_, loops, application, cli::limits_of(options_), clock_, options_.listen);
  metrics_.watch({.connections = [this] { return server_->connections(); }});
}

std::unique_ptr<issuing::per_thread> lab_node::make_tools() const {
  return std::make_unique<issuing::per_thread>(database_, redis_);
}

void lab_node::on_message(std::string_view channel, std::string_view text) {
  if (channel == keys::changes) return cache_->drop(id_in(text));
  locks_->on_message(text);
}

void lab_node::on_subscribed() {
  cache_->drop_all();
  locks_->on_subscribed();
}

void lab_node::start_consumer() {
  if (issuing::is_asynchronous(options_.lab.strategy))
    consumer_ = std::make_unique<issuing::queue_consumer>(*shared_, [this] { return make_tools(); });
}

int run_lab_node(const cli::api_options& options) {
  cli::prepare_process(options.warnings);
  {
    lab_node node(options);
    cli::run_node(node, {.port_file = options.port_file, .drain_timeout = options.drain_timeout}, [&] {
      log::info("listening", {{"address", cli::to_string(node.listening_at())},
                              {"lab", true},
                              {"strategy", issuing::to_string(options.lab.strategy)},
                              {"version", FIRSTCOME_VERSION}});
    });
  }
  log::info("left");
  return 0;
}

}  // namespace firstcome::lab
