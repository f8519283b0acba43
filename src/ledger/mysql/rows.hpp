#pragma once

// How rows of the tables in MySQL or MariaDB become domain values and back: the column lists, in the order in which the
// functions read them, and the literals.

#include <string>

#include "domain/coupon.hpp"
#include "domain/issue.hpp"
#include "ledger/shared_ledger.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

inline constexpr const char* shared_coupon_columns =
    "id, title, coupon_type, total_quantity, issued_quantity, discount_amount, min_available_amount,"
    " date_issue_start, date_issue_end, paused, epoch, config_version, date_created, date_updated, restock,"
    " returned_quantity, gone_quantity";
coupon coupon_from(const sql::mysql_rows& row);

inline constexpr const char* shared_issue_columns =
    "coupon_id, user_id, sequence, date_issued, date_used, date_returned";
inline constexpr unsigned shared_issue_column_count = 6;
/// The columns begin at `first`.
issue_record issue_from(const sql::mysql_rows& row, unsigned first = 0);

inline constexpr const char* cursor_columns = "epoch, run_id, last_id, last_sequence";
queue_cursor cursor_from(const sql::mysql_rows& row, unsigned first = 0);

inline constexpr const char* dead_letter_columns = "id, coupon_id, sequence, user_id, date_admitted, reason";
dead_letter dead_letter_from(const sql::mysql_rows& row);

/// DATETIME(6) in UTC. Throws std::runtime_error for what is no date (0000-00-00).
timestamp date_from(std::string_view text);
/// 'YYYY-MM-DD hh:mm:ss.ffffff', quoted; appended, because a batch has thousands.
void append_date(std::string& sql, timestamp t);
std::string literal(timestamp t);
std::string literal(const std::optional<timestamp>& t);
std::string literal(const std::optional<std::int32_t>& number);

}  // namespace firstcome::ledger
