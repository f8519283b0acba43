#pragma once

// Moves one coupon's queue into the ledger, a batch a step: rows, count and cursor in one transaction. What it
// remembers between steps (where the cursor stands) is a short cut and never the truth: the ledger compares it under
// its lock, and after anything unexpected it is forgotten and read again. So any number of movers may work on one
// coupon, and each may die at any moment.
//
// Thread safety: the thread of its gate and ledger. `store_unavailable` passes through; `forget` before the next step.

#include <chrono>
#include <optional>
#include <string>

#include "coordination/queue_chain.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"
#include "runtime/clock.hpp"

namespace firstcome::worker {

/// Rows of one transaction, as long as one entry of the queue does not hold more. Larger ones are hardly faster.
inline constexpr std::size_t batch_rows_max = 5000;

enum class move_outcome : std::uint8_t {
  moved,      // a batch is in the ledger
  nothing,    // all that was admitted is in the ledger
  again,      // another worker has the coupon, or had it meanwhile
  overtaken,  // a worker at another node of the database's cluster has it: leave it alone for a while
  unfit,      // the gate must be confirmed or rebuilt first; `why` says what is wrong
  alarm,      // the ledger contradicts the gate: nothing was done, and a person has to look
};

struct move_report {
  move_outcome outcome = move_outcome::nothing;
  std::size_t rows = 0;
  std::size_t dead_letters = 0;
  std::size_t behind = 0;  // admitted, and not in the ledger when this step ended
  std::chrono::nanoseconds commit_duration{};
  epoch_number epoch = 0;           // nothing: the gate's
  std::int64_t config_version = 0;  // nothing: the gate's
  std::optional<timestamp> ends;    // nothing: the coupon's window, by the gate; absent when the gate is retired
  std::string why;
};

class queue_mover {
 public:
  queue_mover(coupon_id coupon, gate::shared_gate& gate, ledger::shared_ledger& ledger, const runtime::clock& clock,
              std::size_t rows_max = batch_rows_max)
      : coupon_(coupon), gate_(gate), ledger_(ledger), clock_(clock), rows_max_(rows_max) {}

  move_report step();
  /// The next step reads cursor and coupon anew. Also what the once-a-second look begins with: a ledger that went back
  /// is noticed by nothing else when nothing comes (docs/adr/0004).
  void forget() { known_.reset(); }

 private:
  struct known {
    ledger::queue_cursor cursor;
    std::int64_t config_version = 0;
    bool fresh = true;  // read in this step
  };

  bool learn();
  std::optional<gate::queue_view> read();
  move_report idle(const gate::gate_status& gate);
  move_report move(const gate::queue_view& view, const coordination::queue_chain& chain);
  move_report append(ledger::append_batch batch, std::size_t behind);
  move_report doubt(move_outcome outcome, std::string why);
  ledger::append_batch batch_of(const gate::queue_view& view, const coordination::queue_chain& chain);
  bool still_serves(const gate::gate_status& read_from);
  void add_damaged(ledger::append_batch& batch, const coordination::queue_stretch& stretch, epoch_number epoch);
  void trim(const gate::gate_status& gate);

  const coupon_id coupon_;
  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  const runtime::clock& clock_;
  const std::size_t rows_max_;
  std::optional<known> known_;
  std::size_t entries_wanted_ = 64;  // follows the size of the entries, so that a read holds about one batch
};

}  // namespace firstcome::worker
