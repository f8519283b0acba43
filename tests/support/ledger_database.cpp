#include "support/ledger_database.hpp"

#include <stdexcept>

#include "ledger/mysql/migration.hpp"

namespace firstcome::testing {

using namespace std::chrono_literals;

std::string make_ledger_database(mariadb_server& server) {
  const std::string url = server.url(server.make_database());
  sql::mysql_connection db(sql::parse_mysql_address(url), ledger::migration_timeouts());
  if (ledger::migrate(db, {}).outcome != ledger::migration_outcome::done)
    throw std::runtime_error("an empty database could not be migrated");
  return url;
}

ledger::mysql_ledger_options ledger_at(const std::string& url) {
  return {.at = sql::parse_mysql_address(url),
          .timeouts = {.connect = 5s, .reply = 30s, .idle = 2s, .lock = 2s},
          .durability = ledger::ledger_durability::required};
}

}  // namespace firstcome::testing
