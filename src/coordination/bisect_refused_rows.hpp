#pragma once

// The server refuses a batch for its data: which rows are it? Found by halving, down to the single row, with
// transactions that are rolled back. Only a row that the server refuses by itself becomes a dead letter, which keeps
// its place; what failed for any other reason (time-outs, a lost connection) never does.

#include <span>
#include <vector>

#include "ledger/shared_ledger.hpp"

namespace firstcome::coordination {

struct bisected_batch {
  /// committed: the rows would be taken. Else why the search had to end: busy and moved (try later), over_total and
  /// conflict (an alarm).
  ledger::append_outcome outcome = ledger::append_outcome::committed;
  std::vector<ledger::new_issue> rows;
  std::vector<dead_letter> dead;
};

/// `rows` were refused together. Nobody may hold the coupon's lock meanwhile, the caller neither.
bisected_batch bisect_refused_rows(ledger::shared_ledger& ledger, coupon_id coupon,
                                   std::span<const ledger::new_issue> rows);

}  // namespace firstcome::coordination
