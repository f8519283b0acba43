#pragma once

// Rows of operator_actions in MySQL and MariaDB: one INSERT within the transaction of the change that it tells of.
// Thread safety: the functions share nothing.

#include <span>

#include "domain/operator_action.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

/// Within a transaction that the caller has begun and ends.
void note_action(sql::mysql_connection& db, const operator_action& action);
/// Writes all actions with one statement. Requires at least one.
void note_actions(sql::mysql_connection& db, std::span<const operator_action> actions);

inline constexpr const char* action_columns =
    "id, coupon_id, actor, role, action, before_json, after_json, date_created";
operator_action action_from(const sql::mysql_rows& row);

}  // namespace firstcome::ledger
