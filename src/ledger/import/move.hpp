#pragma once

// Carries an embedded ledger, whole, into an empty shared one: `firstcome move`. Ids of coupons, sequences, windows,
// counts, orders, reasons, the operators' trail and idempotency keys stay as they are; rows of coupon_issues get new
// ids, which nobody sees.
//
// Issues and the trail come first, some thousand rows a transaction, and with each of them, in the same transaction,
// how far it came (firstcome_schema_steps): a move that was cut off goes on from there. Coupons, their cursors and the
// keys come in one last transaction, so that a node at this database sees nothing before it sees all. Cursors stand at
// epoch 0: whoever is first asked for a coupon builds its gate from the rows.
//
// Thread safety: one thread; it blocks.

#include <functional>

#include "ledger/whole_ledger.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct move_progress {
  std::int64_t moved = 0, all = 0;  // issues
};

struct move_report {
  std::int64_t coupons = 0, issues = 0, actions = 0;
  bool was_done = false;  // by an earlier move; nothing was done now
  bool went_on = false;   // with what an earlier one had begun
};

/// The database has this program's schema. Throws std::runtime_error, a sentence for the operator, when the database is
/// not empty and does not hold the beginning of just this move; sql::mysql_error when the server fails: run it again.
move_report move_ledger(whole_ledger& from, sql::mysql_connection& to,
                        const std::function<void(const move_progress&)>& on_progress);

}  // namespace firstcome::ledger
