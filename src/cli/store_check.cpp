#include "cli/store_check.hpp"

#include "cli/ledger_mark.hpp"
#include "ledger/mysql/ledger.hpp"
#include "redis/handshake.hpp"
#include "runtime/log.hpp"

namespace firstcome::cli {
namespace {

namespace log = runtime::log;

/// On a cluster a read that has waited for the other nodes for too long ends as a lock that was not had (1205).
bool may_pass(sql::mysql_failure failure) {
  return failure == sql::mysql_failure::connection_lost || failure == sql::mysql_failure::not_ready ||
         failure == sql::mysql_failure::lock_timeout || failure == sql::mysql_failure::deadlock;
}

void check_redis(const store_options& options) try {
  redis::session session(redis_session_of(options));
  session.call("", {"PING"});
} catch (const redis::misconfigured&) {
  throw;
} catch (const store_unavailable& why) {
  log::warn("Redis does not answer yet; it is asked again", {{"reason", why.what()}});
}

void check_database(const store_options& options) try {
  ledger::mysql_ledger ledger(ledger_options_of(options));
  ledger.connect();
} catch (const sql::mysql_connect_error& why) {
  if (!why.may_pass()) throw;
  log::warn("the database does not answer yet; it is asked again", {{"reason", why.what()}});
} catch (const sql::mysql_error& why) {  // it had let us in
  if (!may_pass(why.failure())) throw;
  log::warn("the database broke off; it is asked again", {{"reason", why.what()}});
}

}  // namespace

bool check_stores_at_start(const store_options& options) {
  check_redis(options);
  check_database(options);
  return check_ledger_mark(options);
}

}  // namespace firstcome::cli
