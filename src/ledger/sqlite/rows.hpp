#pragma once

// How rows of the ledger's tables become domain values: the column lists, in the order in which the functions read
// them.

#include "domain/coupon.hpp"
#include "domain/issue.hpp"
#include "ledger/sqlite/schema.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

inline constexpr const char* coupon_columns =
    "id, title, coupon_type, total_quantity, issued_quantity, discount_amount, min_available_amount,"
    " date_issue_start, date_issue_end, paused, epoch, config_version, date_created, date_updated, restock,"
    " returned_quantity, gone_quantity";
coupon coupon_from(const sql::statement& row);

/// `id` says coupon and sequence too, so they are not asked for.
inline constexpr const char* issue_columns = "id, user_id, date_issued, date_used, date_returned";
issue_record issue_from(const sql::statement& row);

/// Busy: somebody else holds the lock for longer than we wait. Full: no room on the disk. Both leave the store sound.
bool is_passing(const sql::sqlite_error& e);
/// The disk failed or the file is damaged: nothing read from it can be trusted any more.
bool is_broken(const sql::sqlite_error& e);

}  // namespace firstcome::ledger
