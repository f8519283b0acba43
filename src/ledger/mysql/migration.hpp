#pragma once

// Makes or upgrades the schema in MySQL or MariaDB: `firstcome migrate`.
//
// Runs under a named lock of the server, so that two at once do it once. Each step may be cut off anywhere (these
// servers commit at every change of a table) and done again: what is there is looked at, and what must not be done
// twice (the conversion of times) remembers, in the same transaction, how far it came.
//
// Thread safety: one thread; it blocks for as long as the server needs.

#include <functional>
#include <string>
#include <vector>

#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct migration_request {
  bool resolve = false;
  /// Of the times in a schema of the original service: see ledger/import/source_time_zone.hpp. Empty: not given.
  std::string source_time_zone = {};
  std::function<void(const std::string&)> say = [](const std::string&) {};  // what is being done, for the operator
};

struct migration_conflict {
  std::string sentence;
  bool resolvable = false;  // by `resolve`
};

enum class migration_outcome : std::uint8_t {
  done,
  nothing_to_do,    // the schema is this program's already
  conflicts,        // listed; nothing was changed
  needs_time_zone,  // there are rows, and their times have no zone; nothing was changed
};

struct migration_report {
  migration_outcome outcome = migration_outcome::done;
  std::vector<migration_conflict> conflicts;
};

/// For a connection that may take its time: tables of millions of rows are rewritten.
sql::mysql_timeouts migration_timeouts();

/// Throws sql::mysql_error when the server fails (run it again), std::runtime_error for a schema of a newer firstcome
/// and when another migration does not end, std::invalid_argument for a time zone that there is not.
migration_report migrate(sql::mysql_connection& db, const migration_request& request);

}  // namespace firstcome::ledger
