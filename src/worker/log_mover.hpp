#pragma once

// Moves a coupon's log into the ledger. Rows, count and cursor are one transaction, so a crash anywhere repeats or
// continues, and never loses or doubles: nothing is remembered here that matters.
//
// Poison is only an entry that cannot be decoded, or a row that the ledger refuses for its data: its place is kept by a
// dead letter. Time-outs, deadlocks, a full disk, a lost connection are no poison: they are `store_unavailable`, and
// the same entries are moved later. Thread safety: one thread; any number of movers, also for the same coupon.

#include <functional>

#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::worker {

struct move_report {
  enum class outcome : std::uint8_t {
    moved,       // perhaps there is more
    drained,     // gate and ledger agree; nothing to do
    busy,        // another worker is at it
    suspicious,  // the log does not continue the ledger, or the gate is not open and confirmed: recovery has to look
    no_coupon,
    alarm,  // a promise would be broken: nothing was done; an operator has to look. `what` says why
  };
  outcome how = outcome::drained;
  sequence_number rows = 0;
  sequence_number dead = 0;
  sequence_number lag = 0;  // admissions that were not in the ledger when it was looked at
  std::chrono::nanoseconds commit_duration{};
  std::string what;
};

class log_mover {
 public:
  struct options {
    std::size_t rows_max = 5000;    // of one transaction, about: entries are not split
    std::size_t entries_max = 500;  // of one read
    std::function<monotonic()> clock = [] { return std::chrono::steady_clock::now(); };
  };

  log_mover(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with);

  /// One transaction at most.
  move_report move(coupon_id coupon);

 private:
  struct plan;
  bool read(coupon_id coupon, plan& p, move_report& report);
  bool lay_out(coupon_id coupon, plan& p);
  std::vector<gate::admitted> recovered(coupon_id coupon, const plan& p, sequence_number after, sequence_number before);
  ledger::append_outcome append(coupon_id coupon, plan& p, move_report& report);
  void bury_refused(coupon_id coupon, plan& p);
  void settle(coupon_id coupon, const plan& p);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  const options with_;
};

}  // namespace firstcome::worker
