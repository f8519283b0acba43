#pragma once

// Where the shared stores of the distributed shape are, and what is asked of them: for every sub-command that talks to
// them.

#include <functional>
#include <memory>
#include <optional>

#include "gate/redis/keys.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/mysql/session.hpp"
#include "ledger/shared_ledger.hpp"
#include "redis/session.hpp"
#include "runtime/config.hpp"
#include "runtime/secret.hpp"

namespace firstcome::cli {

struct store_options {
  runtime::secret redis;                           // URLs, which may hold passwords
  runtime::secret database;                        //
  std::string redis_prefix{gate::default_prefix};  // of all keys and channels: several installations may share a Redis
  redis::durability durability = redis::durability::always;
  std::chrono::milliseconds store_timeout{2000};
};

void describe_stores(runtime::config& settings, store_options& options);
/// Throws `wrong_usage` for a URL that is missing or makes no sense.
void check_stores(const store_options& options);

redis::address redis_address_of(const store_options& options);
redis::session::options redis_session_of(const store_options& options);
ledger::mysql_ledger_options ledger_options_of(const store_options& options);

/// Which store is away, as the connections of a node found it.
struct store_contacts {
  runtime::contact redis;
  runtime::contact database;

  /// As an answer's sentence begins with it; null: none of them.
  const char* away() const {
    if (redis.lost()) return redis_name;
    return database.lost() ? database_name : nullptr;
  }
  static constexpr const char* redis_name = "Redis";
  static constexpr const char* database_name = "The database";
};

/// Connections of one thread; made without connecting, which happens when they are first used. `seen` outlives them.
std::unique_ptr<gate::shared_gate> make_gate(const store_options& options, store_contacts* seen = nullptr);
std::unique_ptr<ledger::shared_ledger> make_ledger(const store_options& options, store_contacts* seen = nullptr);

}  // namespace firstcome::cli
