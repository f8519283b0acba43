#pragma once

// The statements that put admissions into the tables, within a transaction that the caller has begun and ends. They are
// text: a prepared statement would need one for each size of batch (docs/adr/0006).
//
// Thread safety: the functions share nothing.

#include <optional>
#include <span>
#include <string>

#include "ledger/shared_ledger.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

/// Inserts what `rows` and `dead` hold beyond what the ledger has, raises issued_quantity by the rows inserted, and
/// moves the cursor when `cursor` is given. Answers `committed` when it is done within the transaction; after anything
/// else, and after a mysql_error, only the rollback is left. `careful`: look first what is there; otherwise a duplicate
/// key comes out as mysql_error, and the caller tries again with care in a new transaction.
append_outcome insert_admissions(sql::mysql_connection& db, coupon_id coupon, std::span<const new_issue> rows,
                                 std::span<const dead_letter> dead, const queue_cursor* cursor, bool careful);

void update_cursor(sql::mysql_connection& db, coupon_id coupon, const queue_cursor& to);

/// `committed` is never answered: what a statement's failure means for the rows that it carried; nothing for failures
/// that say nothing about them.
std::optional<append_outcome> outcome_of(const sql::mysql_error& e);

}  // namespace firstcome::ledger
