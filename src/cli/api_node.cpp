#include "cli/api_node.hpp"

#include <algorithm>
#include <array>
#include <future>

#include "cli/bounded_exit.hpp"
#include "cli/port_file.hpp"
#include "cli/recovery_log.hpp"
#include "cli/store_check.hpp"
#include "gate/redis/scripts.hpp"
#include "runtime/machine.hpp"

namespace firstcome::cli {

namespace {

namespace asio = boost::asio;
namespace log = runtime::log;

constexpr std::chrono::milliseconds readiness_interval{50};
constexpr std::chrono::milliseconds probe_interval{500};
constexpr std::chrono::milliseconds probe_patience{2000};  // without an answer the node is not ready
constexpr std::chrono::milliseconds leaving_patience{3000};
constexpr int store_work_waiting_max = 4096;
constexpr int strangers_waiting_max = 1024;
constexpr int care_threads = 2;
constexpr int change_threads = 2;

std::unique_ptr<issuing::store_pool> make_pool(const api_options& options, int threads, int waiting_max) {
  return std::make_unique<issuing::store_pool>(
      static_cast<std::size_t>(threads), waiting_max, [&stores = options.stores] {
        return std::make_unique<issuing::stores>(issuing::stores{make_gate(stores), make_ledger(stores)});
      });
}

std::function<void(std::function<void()>)> post_to(http::event_loop& loop) {
  return [&context = loop.context()](std::function<void()> work) { asio::post(context, std::move(work)); };
}

/// Runs something on the loop's thread and waits for it.
void run_on(http::event_loop& loop, std::function<void()> work) {
  std::promise<void> done;
  asio::post(loop.context(), [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

api_node::loop_parts::loop_parts(http::event_loop& of, const api_options& options, issuing::gate_clock& clock)
    : loop(of),
      sockets(of.context()),
      redis(of.context(), sockets,
            {.at = redis_address_of(options.stores),
             .wanted = options.stores.durability,
             .connect_timeout = options.stores.store_timeout}),
      gate(redis, clock, options.backlog_max, options.stores.redis_prefix),
      timer(of.context()),
      question_(gate::scripts::lease),
      keys_(coupon_id{0}, 1, options.stores.redis_prefix) {}

/// A script of ours for a coupon that cannot exist.
void api_node::loop_parts::probe() {
  const std::array<std::string_view, 2> keys = {keys_.meta, keys_.users};
  const std::array<std::string_view, 1> args = {"1"};
  if (redis.connected()) redis.run(question_, keys, args, std::chrono::steady_clock::now() + probe_patience, *this);
  timer.expires_after(answers() ? probe_interval : readiness_interval);
  timer.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) probe();
  });
}

void api_node::loop_parts::stop() {
  timer.cancel();
  redis.stop();
}

bool api_node::loop_parts::answers() const {
  const monotonic at{monotonic::duration(answered_at_.load())};
  return redis.connected() && std::chrono::steady_clock::now() - at < probe_patience;
}

void api_node::loop_parts::replied(redis::reply_view answer) {
  if (!answer.is_error()) answered_at_ = std::chrono::steady_clock::now().time_since_epoch().count();
}

api_node::api_node(const api_options& options)
    : options_(options),
      marked_(check_stores_at_start(options.stores)),
      clock_(machine_clock_),
      metrics_(api::route_names()),
      loops_(make_loops(options.threads)),
      care_(make_pool(options_, care_threads, store_work_waiting_max)),
      strangers_(make_pool(options_, 1, strangers_waiting_max)),
      look_ups_(make_pool(options_, options_.store_threads, store_work_waiting_max)),
      changes_(make_pool(options_, change_threads, store_work_waiting_max)),
      keeper_(*care_, *strangers_, clock_, log_recovery),
      issuer_(keeper_, machine_clock_,
              {.waiting_max = static_cast<std::size_t>(options.max_waiting),
               .reply_timeout = options.request_timeout,
               .on_batch = [this](std::size_t users) { metrics_.count_batch(users, 0, {}); }}),
      coupons_(*look_ups_, *changes_, clock_, options.request_timeout * 9 / 10),
      operators_(operators_of(options, options.admin_token)),
      users_(verification_of(options)),
      application_({issuer_, coupons_, metrics_, clock_, ready_, &away_},
                   users_.with(auth_settings_of(options, operators_)), wire_settings_of(options)),
      server_(loops_, application_, limits_of(options), machine_clock_),
      readiness_timer_(loops_.front()->context()) {
  for (const auto& loop : loops_) {
    parts_.push_back(std::make_unique<loop_parts>(*loop, options_, clock_));
    issuer_.add_loop({loop.get(), parts_.back()->gate, post_to(*loop)});
  }
  metrics_.watch(
      {.connections = [this] { return server_.connections(); }, .waiting = [this] { return issuer_.waiting(); }});
  listen_at(server_, options.listen);
  token_watch_ = watch_tokens(operators_);
}

void api_node::start() {
  server_.start();
  for (const auto& part : parts_) part->sockets.start();
  mark_.emplace(options_.stores, marked_, leave_a_strangers_redis);
  for (const auto& part : parts_) {
    part->redis.start();
    part->probe();
  }
  look_at_readiness();
  for (const auto& loop : loops_) loop->start();
  started_ = true;
}

// Ready when every loop has an answer of Redis to a script. Not the database: without it the node accepts all the same,
// and the workers catch up.
void api_node::look_at_readiness() {
  const bool answers = std::ranges::all_of(parts_, [](const auto& part) { return part->answers(); });
  ready_ = answers && !draining_;
  away_ = answers ? nullptr : "Redis";
  if (draining_) return;
  readiness_timer_.expires_after(readiness_interval);
  readiness_timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) look_at_readiness();
  });
}

bool api_node::read_again() {
  if (token_watch_) token_watch_->read_again();
  if (users_.keys) users_.keys->read_again();
  return token_watch_ || users_.keys;
}

void api_node::drain() {
  draining_ = true;
  ready_ = false;
  server_.drain();
}

// The loops come to their end once nobody waits for anything: what waits is refused, what was sent is unknown from
// here. The threads end first, while the loops still take their results; the executors themselves stay until the loops,
// which may still ask them, are gone.
api_node::~api_node() {
  draining_ = true;
  server_.drain();
  server_.abort();
  application_.close();
  mark_.reset();
  for (issuing::store_pool* const pool : {strangers_.get(), care_.get(), look_ups_.get(), changes_.get()})
    pool->close();
  for (const auto& part : parts_) {
    const auto stop = [&] {
      if (part == parts_.front()) readiness_timer_.cancel();
      part->stop();
      issuer_.stop(part->loop);
      part->sockets.stop();
    };
    started_ ? run_on(part->loop, stop) : stop();
  }
  for (const auto& loop : loops_) loop->finish();
}

int run_api(const api_options& options) {
  for (const std::string& warning : options.warnings) log::warn(warning);
  runtime::ignore_broken_pipes();
  runtime::keep_new_files_private();
  {
    std::optional<bounded_exit> bound;
    api_node node(options);
    graceful_shutdown until_asked(node, options.drain_timeout);
    if (!options.port_file.empty()) write_port_file(options.port_file, node.listening_at());
    node.start();
    log::info("listening", {{"address", to_string(node.listening_at())},
                            {"redis", to_string(redis_address_of(options.stores))},
                            {"threads", options.threads},
                            {"version", FIRSTCOME_VERSION}});
    until_asked.wait();
    bound.emplace(leaving_patience);
  }
  log::info("left; everything that was accepted is in Redis");
  return 0;
}

}  // namespace firstcome::cli
