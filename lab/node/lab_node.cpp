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

std::unique_ptr<issuing::blocking_issuer::thread_resources> outfit_with(std::unique_ptr<issuing::per_thread> tools,
                                                                        issuing::strategy_name which,
                                                                        issuing::shared_parts& shared) {
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
      locks_(redis_, keys::locks, options.lab.lock_lease),
      cache_(clock_),
      shared_{.clock = clock_,
              .locks = locks_,
              .cache = cache_,
              .patience = options.request_timeout,
              .think = thinking(options.lab.think_time)},
      hears_({.at = redis_.at, .connect_timeout = redis_.connect_timeout}, {locks_.channel(), keys::changes}, *this),
      loops_(cli::make_loops(options.threads)),
      threads_(static_cast<std::size_t>(options.store_threads), options.max_waiting,
               [this] { return outfit_with(make_tools(), options_.lab.strategy, shared_); }),
      issuer_(threads_),
      coupons_(threads_, clock_),
      metrics_(api::route_names()),
      application_({issuer_, coupons_, metrics_, clock_, ready_}, cli::auth_settings_of(options, options.admin_token)) {
  const auto tools = make_tools();
  tools->tables.refuse_real_ledger();
  tools->tables.create();
  parts_.add("consumer", {.start = [this] { start_consumer(); }, .stop = [this] { consumer_.reset(); }});
  server_ = &cli::make_server(parts_, loops_, application_, cli::limits_of(options), clock_, options.listen);
  metrics_.watch({.connections = [this] { return server_->connections(); }});
  cli::start_event_loops(parts_, loops_);
  parts_.add("readiness", {.start = [this] { ready_ = true; }, .refuse = [this] { ready_ = false; }});
}

std::unique_ptr<issuing::per_thread> lab_node::make_tools() const {
  return std::make_unique<issuing::per_thread>(database_, redis_);
}

void lab_node::on_message(std::string_view channel, std::string_view text) {
  if (channel == keys::changes) return cache_.drop(id_in(text));
  locks_.on_message(text);
}

void lab_node::on_subscribed() {
  cache_.drop_all();
  locks_.on_subscribed();
}

void lab_node::start_consumer() {
  if (issuing::is_asynchronous(options_.lab.strategy))
    consumer_ = std::make_unique<issuing::queue_consumer>(shared_, [this] { return make_tools(); });
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
