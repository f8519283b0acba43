#pragma once

// Compares the ledger in SQLite with itself: coupons with their issues, indexes with their tables. It only reads, over
// a connection of its own, so it may run beside a server; it reads one snapshot, and while it does the server's WAL
// cannot start over and grows instead.
//
// Thread safety: the functions share nothing.

#include <cstdint>
#include <string>
#include <vector>

#include "domain/operator_action.hpp"
#include "ledger/sqlite/data_folder.hpp"
#include "ledger/sqlite/ledger.hpp"

namespace firstcome::ledger {

struct audit_report {
  std::int64_t coupons_checked = 0;
  std::int64_t issues_checked = 0;
  std::vector<std::string> differences;  // plain sentences; empty: all agrees

  bool agrees() const { return differences.empty(); }
};

/// Throws sql::sqlite_error when there is no ledger, or when it cannot be read at all.
audit_report audit_ledger(const sqlite_ledger_options& where);

struct repair_report {
  std::vector<std::string> repaired;
  audit_report left;  // after the repair: what it could not mend
};

/// Sets issued_quantity to the number of issues where the issues themselves are in order. Never deletes, never adds an
/// issue, never lets a coupon exceed its total. Holding the folder's lock is the caller's proof that no server runs.
/// Each count that was set stands on the trail, in the same transaction, as done by `by` at `now`.
repair_report repair_ledger(const data_folder& held, const actor& by, timestamp now);

}  // namespace firstcome::ledger
