#pragma once

// A step in the life of one issue, as statements: the issue as it is stored, and the change of its row on the condition
// that it still is so. Thread safety: the connection's.

#include <optional>

#include "domain/issue_life.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct issue_row {
  std::int64_t id = 0;
  stored_issue issue;
  std::int32_t min_available_amount = 0;  // the coupon's
};

/// `lock`: " FOR UPDATE", or nothing.
std::optional<issue_row> read_issue(sql::mysql_connection& db, coupon_id coupon, user_id user, const char* lock = "");

/// False: the row is not as `before` any more, and nothing was done.
bool update_issue(sql::mysql_connection& db, const issue_row& before, const stored_issue& after, const issue_step& step,
                  timestamp now);

/// Of the coupon whose issue was returned.
void move_counts_after_return(sql::mysql_connection& db, coupon_id coupon);

}  // namespace firstcome::ledger
