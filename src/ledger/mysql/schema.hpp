#pragma once

// The ledger's tables in MySQL and MariaDB, and their version. `firstcome migrate` makes them
// (ledger/mysql/migration.hpp); nodes only look. Names and columns are those of the original service where it has them:
// never rename, only migrate.
//
//   coupons · coupon_issues · issue_cursors · issue_dead_letters · coupon_issues_rejected (what an upgrade took out)
//   operator_actions (each row is written in the transaction of the change that it tells of) · idempotency_keys
//   firstcome_schema (the version) · firstcome_schema_steps (how far a migration got)

//
// A coupon's counts: issued_quantity are its live issues, returned_quantity those returned to the pool, gone_quantity
// those returned while it had none; each return moves one, in the transaction that sets the issue's date_returned.

#include <map>
#include <span>
#include <string>

#include "sql/mysql.hpp"

namespace firstcome::ledger::mysql_schema {

inline constexpr int version = 2;

struct column {
  const char* name;
  const char* definition;
};

struct key {
  const char* name;  // as the server knows it; checks too
  const char* definition;
};

struct table {
  const char* name;
  std::span<const column> columns;
  std::span<const key> keys;
};

std::span<const table> tables();
const table& coupons();
const table& coupon_issues();

/// "CREATE TABLE IF NOT EXISTS …"
std::string create_of(const table& t);
bool has_table(sql::mysql_connection& db, const std::string& name);

struct found_column {
  std::string type;            // int, bigint, datetime, …
  bool must_be_given = false;  // it has no default and cannot be NULL
};
using found_columns = std::map<std::string, found_column>;

/// Of a table as it is; none when there is no such table.
found_columns columns_of(sql::mysql_connection& db, const std::string& table_name);

/// 0: there is none, or a migration did not get to its end.
int version_of(sql::mysql_connection& db);

/// Throws std::runtime_error, a sentence that says what to do, when the schema is not exactly this one's version or
/// lacks one of the unique keys that promises 1 and 2 rest on.
void check(sql::mysql_connection& db);

}  // namespace firstcome::ledger::mysql_schema
