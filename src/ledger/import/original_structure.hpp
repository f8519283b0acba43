#pragma once

// What stands around the rows of the original service's tables and would break an upgrade on its way, or firstcome
// after it: what kind of tables they are, their columns' types, keys, triggers and foreign keys, also those of other
// tables that point here. Each function only reads, and adds a sentence for everything that it met.
// Thread safety: one thread.

#include <string>

#include "ledger/import/conflict_list.hpp"
#include "ledger/mysql/schema.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

/// `begun`: an earlier run has got so far that firstcome's own columns may be there.
void survey_columns(sql::mysql_connection& db, const mysql_schema::table& t, bool begun, conflict_list& conflicts);

/// Kind of table, partitions, primary and unique keys, triggers.
void survey_keys(sql::mysql_connection& db, const mysql_schema::table& t, conflict_list& conflicts);

/// Foreign keys of coupons and coupon_issues, and of tables that point at them.
void survey_foreign_keys(sql::mysql_connection& db, conflict_list& conflicts);

/// Rows elsewhere that point at issues which `resolve` would move aside. Both tables are there.
void survey_pointing_rows(sql::mysql_connection& db, conflict_list& conflicts);

/// Tables of firstcome's names that are somebody else's.
void survey_strangers(sql::mysql_connection& db, conflict_list& conflicts);

/// The issues that `resolve` moves aside, as a query: id, kept_id (the issue of the same user that stays; NULL: there
/// is no such coupon).
std::string issues_in_the_way();

}  // namespace firstcome::ledger
