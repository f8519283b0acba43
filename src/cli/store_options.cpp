#include "cli/store_options.hpp"

#include "gate/redis_gate.hpp"
#include "ledger/mysql_ledger.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

using runtime::wrong_usage;

template <class Parse>
void check_url(const runtime::secret& url, const char* name, const char* example, Parse parse) {
  if (url.empty())
    throw wrong_usage(std::string("--") + name + " is missing: it may be " + example +
                      " (better in the environment or in the file of --config, where a password is not seen)");
  try {
    parse(url.reveal());
  } catch (const std::invalid_argument& why) {
    throw wrong_usage(std::string("--") + name + " cannot be used: " + why.what());
  }
}

sql::mysql_timeouts timeouts_of(const store_options& options) {
  sql::mysql_timeouts timeouts;
  timeouts.connect = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(options.store_timeout));
  return timeouts;
}

}  // namespace

void describe_stores(runtime::config& settings, store_options& o, bool with_redis) {
  settings.group("Stores");
  if (with_redis)
    settings.add("redis", "where Redis is: redis://[user:password@]host[:port][/n], redis+cluster://host:port,…",
                 runtime::secret_text(o.redis));
  settings.add("database",
               "where MariaDB or MySQL is: mysql://user:password@host[:port]/database[?tls=off|prefer|require|verify]",
               runtime::secret_text(o.database));
  using redis::durability;
  settings.add(
      "durability",
      "what Redis and the database must promise; weaker than always loses accepted coupons in a crash. assumed: "
      "not checked",
      runtime::choice(o.durability, {{"always", durability::always},
                                     {"everysec", durability::everysec},
                                     {"none", durability::none},
                                     {"assumed", durability::assumed}}));
  settings.add("store-timeout-ms", "how long a store may take to answer",
               runtime::milliseconds(o.store_timeout, 100, 60'000));
}

void check_stores(const store_options& o, bool with_redis) {
  if (with_redis) check_url(o.redis, "redis", "redis://127.0.0.1:6379", redis::parse_address);
  check_url(o.database, "database", "mysql://user:password@127.0.0.1:3306/coupon", sql::parse_mysql_address);
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
  return {.at = sql::parse_mysql_address(o.database.reveal()),
          .timeouts = timeouts_of(o),
          .durability = o.durability == redis::durability::always ? ledger::ledger_durability::required
                                                                  : ledger::ledger_durability::waived};
}

std::unique_ptr<gate::shared_gate> make_gate(const store_options& o) {
  return std::make_unique<gate::redis_gate>(redis_session_of(o));
}

std::unique_ptr<ledger::shared_ledger> make_ledger(const store_options& o) {
  return std::make_unique<ledger::mysql_ledger>(ledger_options_of(o));
}

}  // namespace firstcome::cli
