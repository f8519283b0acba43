#pragma once

// The rows that a move carries, as text of SQL for MariaDB and MySQL: the beginnings of the statements and what follows
// VALUES. Thread safety: the functions share nothing.

#include <string>

#include "ledger/whole_ledger.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct carried_cursor {
  coupon_id coupon{};
  sequence_number last_sequence = 0;
};

inline constexpr const char* insert_of_issues =
    "INSERT INTO coupon_issues (coupon_id, user_id, sequence, date_issued, date_used, date_created, date_updated,"
    " order_id, date_returned, return_reason) VALUES ";
inline constexpr const char* insert_of_actions =
    "INSERT INTO operator_actions (id, coupon_id, actor, role, action, before_json, after_json, date_created) VALUES ";
inline constexpr const char* insert_of_coupons =
    "INSERT INTO coupons (id, title, coupon_type, total_quantity, issued_quantity, discount_amount,"
    " min_available_amount, date_issue_start, date_issue_end, paused, epoch, config_version, date_created,"
    " date_updated, restock, returned_quantity, gone_quantity) VALUES ";
inline constexpr const char* insert_of_cursors =
    "INSERT INTO issue_cursors (coupon_id, epoch, run_id, last_id, last_sequence) VALUES ";
inline constexpr const char* insert_of_keys =
    "INSERT INTO idempotency_keys (idempotency_key, fingerprint, coupon_id, date_created) VALUES ";

std::string values_of(const sql::mysql_connection& db, const carried_issue& row);
std::string values_of(const sql::mysql_connection& db, const operator_action& action);
/// With epoch 0: its gate is still to be built.
std::string values_of(const sql::mysql_connection& db, const coupon& c);
std::string values_of(const sql::mysql_connection& db, const carried_cursor& cursor);
std::string values_of(const sql::mysql_connection& db, const carried_key& key);

}  // namespace firstcome::ledger
