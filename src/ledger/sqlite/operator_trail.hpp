#pragma once

// Rows of operator_actions: written within the transaction of the change that they tell of, read newest first.
// Thread safety: as the connection.

#include "domain/operator_action.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class operator_trail {
 public:
  explicit operator_trail(sql::connection& db);

  /// Within a transaction that the caller has begun and ends.
  void note(const operator_action& action);

 private:
  sql::statement insert_;
};

/// ?1: only older than this id · ?2: of this coupon, or NULL · ?3: so many
inline constexpr const char* select_actions =
    "SELECT id, coupon_id, actor, role, action, before_json, after_json, date_created FROM operator_actions"
    " WHERE id < ?1 AND (?2 IS NULL OR coupon_id = ?2) ORDER BY id DESC LIMIT ?3";
operator_action action_from(const sql::statement& row);

}  // namespace firstcome::ledger
