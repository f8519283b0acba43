#include "cli/way_to_redis.hpp"

#include <array>

#include "gate/redis/scripts.hpp"

namespace firstcome::cli {

namespace {

constexpr std::chrono::milliseconds probe_interval{500};
constexpr std::chrono::milliseconds probe_interval_while_away{50};
constexpr std::chrono::milliseconds probe_patience{2000};  // without an answer the node is not ready

}  // namespace

way_to_redis::way_to_redis(http::event_loop& of, const api_options& options, issuing::gate_clock& clock)
    : loop(of),
      sockets_(of.context()),
      redis_(of.context(), sockets_,
             {.at = redis_address_of(options.stores),
              .wanted = options.stores.durability,
              .connect_timeout = options.stores.store_timeout}),
      gate_(redis_, clock, options.backlog_max, options.stores.redis_prefix),
      timer_(of.context()),
      question_(gate::scripts::lease),
      keys_(coupon_id{0}, 1, options.stores.redis_prefix) {}

void way_to_redis::start() {
  sockets_.start();
  redis_.start();
  probe();
}

/// A script of ours for a coupon that cannot exist.
void way_to_redis::probe() {
  const std::array<std::string_view, 2> keys = {keys_.meta, keys_.users};
  const std::array<std::string_view, 1> args = {"1"};
  if (redis_.connected()) redis_.run(question_, keys, args, runtime::deadline::after(probe_patience), *this);
  timer_.expires_after(answers() ? probe_interval : probe_interval_while_away);
  timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) probe();
  });
}

void way_to_redis::stop() {
  timer_.cancel();
  redis_.stop();
}

bool way_to_redis::answers() const {
  const monotonic at{monotonic::duration(answered_at_.load())};
  return redis_.connected() && std::chrono::steady_clock::now() - at < probe_patience;
}

void way_to_redis::replied(redis::reply_view answer) {
  if (!answer.is_error()) answered_at_ = std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace firstcome::cli
