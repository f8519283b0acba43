#pragma once

// The schema of the original service, as its tables are found, and its upgrade in place:
//
//   coupons        id · title · coupon_type · total_quantity · issued_quantity · discount_amount · min_available_amount
//                  date_issue_start · date_issue_end · date_created · date_updated
//   coupon_issues  id · coupon_id · user_id · date_issued · date_used · date_created · date_updated
//
// DATETIME(6) in some local time, no unique keys but the ids. Also what an interrupted upgrade left of it.

#include <set>
#include <string>
#include <vector>

#include "ledger/mysql/migration.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct original_survey {
  bool there = false;     // at least one of the tables
  bool has_rows = false;  // so that their times' zone matters
  std::vector<migration_conflict> conflicts;
};

/// Only reads.
original_survey survey_original(sql::mysql_connection& db);

/// Without conflicts, or with those only that `request.resolve` settles. The bookkeeping tables and
/// coupon_issues_rejected are there.
void upgrade_original(sql::mysql_connection& db, const migration_request& request);

/// Whether times are still to be converted.
bool times_are_local(sql::mysql_connection& db);

}  // namespace firstcome::ledger
