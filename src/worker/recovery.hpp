#pragma once

// Brings a coupon's gate into a state in which it may admit: confirms it after Redis changed, rebuilds it from the
// ledger when it is missing or cannot be trusted, and heals a configuration that a crash left half changed. Creating a
// gate is the rebuild of an empty one. The steps, and why each stands where it stands: docs/adr/0004; the model that
// checks them: tests/model.
//
// Any node may call this for any coupon at any time; attempts fence each other by epoch. `store_unavailable` ends an
// attempt wherever it is, and the next one starts over.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::worker {

enum class care : std::uint8_t {
  ready,      // open, confirmed, with the ledger's configuration
  no_coupon,  // the ledger has no such coupon
  not_now,    // somebody else is at it, or holds the lock; look again in a moment
  hopeless,   // the ledger itself cannot be trusted: its sequences have a gap. `firstcome audit` names it
};

struct recovery_notes {
  bool confirmed = false;
  bool rebuilt = false;
  epoch_number epoch = 0;
  sequence_number drained = 0;    // admissions that were found in what Redis still held
  sequence_number left_over = 0;  // admissions there that do not continue the ledger: of a lineage that was lost
  sequence_number loaded = 0;
};

/// The next epoch or config_version: one more, or the milliseconds since 1970. So no number is given out twice, even
/// when the ledger and Redis both went back.
std::int64_t next_number(std::int64_t before, timestamp now);

class recovery {
 public:
  struct options {
    std::chrono::milliseconds lock_patience{2000};
    std::function<timestamp()> now;
    /// Waits on behalf of an attempt; the simulation has its own.
    std::function<void(std::chrono::milliseconds)> pause;
    /// For the jitter: evenly distributed from 0 to 1.
    std::function<double()> random;
    /// After each step of a long load: how many of how many.
    std::function<void(coupon_id, sequence_number done, sequence_number all)> on_progress;
  };

  recovery(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with);

  /// Looks, and does what is needed. `suspicious`: the gate says that it is well and was found not to be (its log does
  /// not continue the ledger): confirm it anew or rebuild it.
  care make_ready(coupon_id coupon, bool suspicious = false);
  /// What the last make_ready did.
  const recovery_notes& notes() const { return notes_; }

 private:
  enum class step { done, superseded, must_rebuild };

  step confirm(coupon_id coupon);
  care rebuild(coupon_id coupon);
  bool may_be_confirmed(coupon_id coupon, const ledger::log_cursor& cursor, const firstcome::coupon& row,
                        const gate::gate_status& seen);
  bool log_reaches_size(coupon_id coupon, const ledger::log_cursor& cursor);
  bool drain(coupon_id coupon, epoch_number epoch, const gate::fenced& fence);
  std::optional<sequence_number> load(coupon_id coupon, epoch_number epoch, const std::string& run_id);
  bool wait_for_another(coupon_id coupon, epoch_number epoch);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  const options with_;
  recovery_notes notes_;
};

}  // namespace firstcome::worker
