#pragma once

// Databases with firstcome's schema on a test's server.

#include <string>

#include "ledger/mysql/session.hpp"
#include "support/mariadb_server.hpp"

namespace firstcome::testing {

/// A new database, migrated; answers its URL.
std::string make_ledger_database(mariadb_server& server);

/// For mysql_ledger, with time-outs short enough for a test to wait for.
ledger::mysql_ledger_options ledger_at(const std::string& url);

}  // namespace firstcome::testing
