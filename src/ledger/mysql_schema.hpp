#pragma once

// The ledger's tables in MySQL and MariaDB, and their version. `firstcome migrate` makes them (ledger/migration.hpp);
// nodes only look. Names and columns are those of the original service where it has them: never rename, only migrate.
//
//   coupons · coupon_issues · issue_cursors · issue_dead_letters · coupon_issues_rejected (what an upgrade took out)
//   firstcome_schema (the version) · firstcome_schema_steps (how far a migration got)

#include <span>
#include <string>

#include "sql/mysql.hpp"

namespace firstcome::ledger::mysql_schema {

inline constexpr int version = 1;

struct table {
  const char* name;
  const char* sql;  // CREATE TABLE IF NOT EXISTS …
};

/// All but the two of the migration itself.
std::span<const table> tables();
/// Of the migration itself, needed before anything else.
std::span<const table> bookkeeping();

/// 0: there is none, or a migration did not get to its end.
int version_of(sql::mysql_connection& db);

/// Throws std::runtime_error, a sentence that says what to do, when the schema is not exactly this one's version or
/// lacks one of the unique keys that promises 1 and 2 rest on.
void check(sql::mysql_connection& db);

}  // namespace firstcome::ledger::mysql_schema
