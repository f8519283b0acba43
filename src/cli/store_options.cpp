#include "cli/store_options.hpp"

#include "cli/database_option.hpp"
#include "gate/redis/redis_gate.hpp"
#include "ledger/mysql/ledger.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

using runtime::wrong_usage;

void check_redis(const runtime::secret& url) {
  if (url.empty())
    throw wrong_usage("no Redis was given: set FIRSTCOME_REDIS (or --redis) to redis://user:password@host:port");
  try {
    redis::parse_address(url.reveal());
  } catch (const std::invalid_argument& why) {
    throw wrong_usage(std::string("--redis cannot be used: ") + why.what());
  }
}

/// Statements keep their own time-outs: one that waits for a row or reads a whole coupon may rightly take longer.
sql::mysql_timeouts timeouts_of(const store_options& options) {
  sql::mysql_timeouts timeouts;
  timeouts.connect = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(options.store_timeout));
  return timeouts;
}

}  // namespace

void describe_stores(runtime::config& settings, store_options& o) {
  settings.group("Stores");
  settings.add("redis", "where Redis is: redis://[user:password@]host[:port][/n], redis+cluster://host:port,…",
               runtime::secret_text(o.redis));
  runtime::value_kind prefix;
  prefix.take = [&o](const std::string& text) {
    o.redis_prefix = text;
    return gate::is_usable_prefix(text);
  };
  prefix.may_be = "1 to 64 letters, digits, and : _ . -";
  prefix.default_text = o.redis_prefix;
  prefix.placeholder = "TEXT";
  settings.add(
      "redis-prefix",
      "with what all keys and channels in Redis begin: one for each installation that shares a Redis, the same "
      "at all its nodes",
      std::move(prefix));
  add_database(settings, o.database);
  using redis::durability;
  settings.add(
      "durability",
      "what Redis and the database must promise; weaker than always loses accepted coupons in a crash. assumed: "
      "not checked",
      runtime::choice(o.durability, {{"always", durability::always},
                                     {"everysec", durability::everysec},
                                     {"none", durability::none},
                                     {"assumed", durability::assumed}}));
  settings.add("store-timeout-ms",
               "how long a store may take to accept a connection, and Redis to answer; a statement of the database "
               "has " +
                   std::to_string(sql::mysql_timeouts().reply.count()) + " s",
               runtime::milliseconds(o.store_timeout, 100, 60'000));
}

void check_stores(const store_options& o) {
  check_redis(o.redis);
  database_of(o.database);
}

redis::address redis_address_of(const store_options& o) {
  return redis::parse_address(o.redis.reveal());
}

redis::session::options redis_session_of(const store_options& o) {
  return {.at = redis_address_of(o),
          .connect_timeout = o.store_timeout,
          .reply_timeout = o.store_timeout,
          .wanted = o.durability};
}

ledger::mysql_ledger_options ledger_options_of(const store_options& o) {
  return {.at = database_of(o.database),
          .timeouts = timeouts_of(o),
          .durability = o.durability == redis::durability::always ? ledger::ledger_durability::required
                                                                  : ledger::ledger_durability::waived};
}

std::unique_ptr<gate::shared_gate> make_gate(const store_options& o, store_contacts* seen) {
  redis::session::options with = redis_session_of(o);
  if (seen != nullptr) with.contact = &seen->redis;
  return std::make_unique<gate::redis_gate>(with, o.redis_prefix);
}

std::unique_ptr<ledger::shared_ledger> make_ledger(const store_options& o, store_contacts* seen) {
  ledger::mysql_ledger_options with = ledger_options_of(o);
  if (seen != nullptr) with.contact = &seen->database;
  return std::make_unique<ledger::mysql_ledger>(with);
}

}  // namespace firstcome::cli
