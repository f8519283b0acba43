#pragma once

// A step in the life of one issue, as statements: the issue as it is stored, and the change of its row on the condition
// that it still is so. Thread safety: the connection's.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "domain/issue_life.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

using issue_name = std::pair<coupon_id, user_id>;

struct issue_row {
  std::int64_t id = 0;
  stored_issue issue;
  std::int32_t min_available_amount = 0;  // the coupon's
};

struct issue_change {
  issue_row before;
  stored_issue after;
  std::optional<std::string> return_reason;  // of a return
  timestamp at;
};

enum class row_lock : std::uint8_t { none, held };

/// Those that there are.
std::map<issue_name, issue_row> read_issues(sql::mysql_connection& db, std::span<const issue_name> names,
                                            row_lock lock = row_lock::none);

/// False: a row is not as `before` any more; the others are changed. Each row at most once; at least one.
bool update_issues(sql::mysql_connection& db, std::span<const issue_change> changes);

/// Moves this many places of the coupon from issued_quantity to returned_quantity (pool) or gone_quantity (none).
void move_counts_after_returns(sql::mysql_connection& db, coupon_id coupon, std::size_t returned);

}  // namespace firstcome::ledger
