#pragma once

// Do gate, queue and ledger of one coupon agree? As sets, not only as counts: each user with his place. What a
// surviving record shows is named one by one; what no record can show any more is said to be possible, and since when.
// Pure: what is compared was read by who calls (coordination/shared_audit.hpp).

#include <optional>
#include <string>
#include <vector>

#include "domain/coupon.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::coordination {

/// Everything of one coupon, as it was read.
struct audited_stores {
  coupon row;
  ledger::queue_cursor cursor;
  std::vector<issue_record> ledger;  // issues and open dead letters (status accepted), by sequence
  std::optional<gate::gate_status> gate;
  std::vector<gate::admitted> in_gate;    // of the gate's epoch; empty unless it is open
  std::vector<queue::queue_entry> queue;  // past the cursor
  /// In the ledger and not among `in_gate`, but found when the gate was asked again: admitted while this was read.
  std::vector<user_id> late;
};

struct audit_findings {
  coupon_id coupon{};
  std::vector<std::string> differences;  // one sentence each, naming coupon, user and sequence; sorted
  /// What is no difference and should be known: admissions that may have been lost without a trace.
  std::vector<std::string> notes;
  std::size_t rows = 0;
  std::size_t dead_letters = 0;  // open ones
  std::size_t given_up = 0;      // places that are nobody's, on purpose
  std::size_t in_gate = 0;
  std::size_t in_queue = 0;  // admitted, and on their way into the ledger

  // What a repair may go by.
  bool count_wrong = false;                    // issued_quantity is not the number of rows
  bool rows_consistent = true;                 // each user and each place once, within the total
  bool places_dense = true;                    // places 1 to n, each once: a gate can be built of them
  bool gate_wrong = false;                     // the gate is unfit, or holds others than ledger and queue
  std::vector<gate::admitted> without_record;  // in the gate, and neither in the queue nor in the ledger

  bool agree() const { return differences.empty(); }
};

audit_findings find_differences(const audited_stores& stores);

}  // namespace firstcome::coordination
