#pragma once

// Makes a coupon's gate fit to be used: looks, and does what is needed. Nothing; or confirm it for the Redis that
// serves it now (also: bring its configuration up to the ledger's); or build it anew from the ledger. Called by
// workers, by API nodes, by operators' changes, on any node and by several at once: what decides is looked at again
// under the ledger's lock, and each rebuild has an epoch of its own. The order of the steps is that of the model
// (docs/adr/0004).
//
// The deadline of gate and ledger bounds the looking and the wait for the coupon's lock. What is begun under the lock
// is begun for everybody, and goes on past it.
//
// Thread safety: the thread of its gate and ledger. `store_unavailable` passes through: call again, from the start.

#include <functional>
#include <memory>
#include <string>

#include "coordination/gate_look.hpp"
#include "coordination/gate_observer.hpp"
#include "coordination/sleeping_clock.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::coordination {

/// At least as long as a node may say "sold out" by itself after it asked a gate
/// (issuing/distributed/sold_out_lease.hpp). A raise is announced this long in advance. A gate that may have forgotten
/// users admits nobody this long, if it has room: a node that still says "sold out" could otherwise turn away a user
/// whom the gate has just admitted.
inline constexpr std::chrono::milliseconds announcement_lead{350};

enum class recovery_outcome : std::uint8_t {
  ready,      // nothing was to be done
  confirmed,  // for the Redis that serves it, or its configuration was brought up to date
  rebuilt,    // from the ledger, and what the last open gate had admitted
  watching,   // not yet: nobody may be let in before `again_in` has passed
  no_coupon,  // the ledger answered, and has no such coupon
  busy,       // somebody else is at it, or it changed meanwhile: call again
  alarm,      // the ledger's own rows do not allow for it: a person has to look
};

struct recovery_report {
  recovery_outcome outcome = recovery_outcome::ready;
  std::string why;                       // what was wrong
  std::chrono::milliseconds again_in{};  // watching: when to call again
  epoch_number epoch = 0;                // rebuilt: the new one
  std::size_t drained = 0;               // rebuilt: admissions that only the old gate had, and the ledger has now
  /// Rebuilt: admissions of the old gate that contradict the ledger; they are of a history that was lost (F7). At most
  /// `left_over_max` of them are named.
  std::vector<gate::admitted> left_over;
  std::size_t left_over_count = 0;
  /// Rebuilt: nothing survived of the gate before, so what it had admitted and was not moved yet is unknown.
  bool loss_possible = false;
};

inline constexpr std::size_t left_over_max = 1000;

/// How long a blocked thread waits for a gate. An earlier deadline of the ledger ends the wait.
inline constexpr std::chrono::milliseconds ensure_wait_max{1500};

struct recovery_progress {
  coupon_id coupon{};
  const char* step = "";  // claim, fence, read, drain, load, open
  std::size_t done = 0;   // users read, drained or loaded by now
};

inline constexpr std::chrono::milliseconds quiet_period_usual{1000};
static_assert(quiet_period_usual > 2 * announcement_lead, "a rebuild may rest so long before it opens");

struct recovery_options {
  /// How long one waits for the coupon's lock, unless the ledger has a deadline that is earlier.
  std::chrono::milliseconds lock_wait_max{2000};
  /// A closed gate is somebody's rebuild. It is taken over when nothing was seen to move for so long, and for longer
  /// with many users: two who rebuild at once fence each other.
  std::chrono::milliseconds quiet_period = quiet_period_usual;
  std::chrono::milliseconds quiet_period_per_million_users{3000};
  std::size_t users_per_load = 1000;
  std::size_t rows_per_drain = 5000;
  /// What the process remembers; shared by all who look after the same coupons in turn.
  std::shared_ptr<gate_observer> watch = std::make_shared<gate_observer>();
};

class recovery {
 public:
  using progress_hook = std::function<void(const recovery_progress&)>;

  recovery(
      gate::shared_gate& gate, ledger::shared_ledger& ledger, sleeping_clock& time, recovery_options options = {},
      progress_hook on_progress = [](const recovery_progress&) {});

  /// Looks, and does what can be done now. It waits for the coupon's lock, and when it has to rebuild a gate that let
  /// users in until it was fenced, for `announcement_lead`; for nothing else.
  recovery_report look_after(coupon_id coupon);

  /// Looks until nothing has to be waited for any more, for about `ensure_wait_max`; then it says busy.
  recovery_report ensure_ready(coupon_id coupon);

  /// Builds the gate anew whether or not it is fit. `before_load`: work on the ledger that nobody may be admitted
  /// during; it runs when the old gate is fenced and drained.
  recovery_report rebuild(coupon_id coupon, const std::function<void()>& before_load = {});

 private:
  recovery_report act(coupon_id coupon);
  recovery_report confirm(coupon_id coupon, std::unique_ptr<ledger::coupon_lock> lock, const gate_look& look);
  bool mark_returns_in_gate(const firstcome::coupon& row, epoch_number epoch);
  /// Since when, and for how long from then on, the gate has to be watched before it is acted upon.
  struct observation {
    monotonic since;
    std::chrono::milliseconds length;
  };
  observation watch(coupon_id coupon, const gate_look& look, const ledger::queue_cursor& cursor,
                    const firstcome::coupon& row);
  std::optional<recovery_report> still_watching(const observation& of, const gate_look& look);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  const recovery_options options_;
  const progress_hook on_progress_;
};

}  // namespace firstcome::coordination
