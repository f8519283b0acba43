#pragma once

// A coupon's gate as everybody but the issue path sees it: workers, confirm and rebuild, operators' changes, the
// auditor. The gate itself lives in Redis (redis_gate); the simulation has one of its own. Each function is one atomic
// step there (one script), and the only one: whoever calls two must expect anything in between.
//
// `run_id` names one lineage of Redis' data: it changes with each restart and each promotion (it is Redis' own
// master_replid, which scripts read themselves; its `run_id` survives a demotion and promotion). What a step requires
// of it is checked inside the step. docs/adr/0004 says why each requirement is there.
//
// Thread safety: one thread each; open as many as needed. Blocking, but no longer than until the deadline that its
// user gave it. Every function may throw `store_unavailable`: unknown whether it happened; or, being too late for that
// deadline, deadline_passed: surely not.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/coupon.hpp"
#include "queue/queue_entry.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::gate {

/// What the gate decides by; a copy of the ledger's row with the same `config_version`. Its total is the last sequence
/// that may be given: what is returned to the pool raises it (docs/adr/0015).
struct gate_config {
  std::int64_t config_version = 1;
  std::optional<std::int32_t> total_quantity;
  issue_window window;  // whole milliseconds
  bool paused = false;
  std::int32_t restocked = 0;  // of the total: places that came back to the pool, each of which may be given once more

  /// What an operator said: the ledger may forget returns, and must not take their places for coupons of its own.
  std::optional<std::int32_t> operators_total() const;

  friend bool operator==(const gate_config&, const gate_config&) = default;
};

gate_config config_of(const coupon& c);

struct gate_status {
  epoch_number epoch = 0;
  bool open = false;           // false: being rebuilt; nothing is admitted
  bool retired = false;        // its users are gone; the ledger answers
  bool lowering = false;       // the total was lowered here, and the ledger is to follow
  std::string run_id;          // the lineage for which this gate was confirmed
  std::string serving_run_id;  // the lineage that answered
  gate_config config;
  sequence_number issued = 0;  // the last sequence known to be in the ledger
  sequence_number size = 0;    // users let in, in this epoch's state

  bool confirmed() const { return open && run_id == serving_run_id; }
  friend bool operator==(const gate_status&, const gate_status&) = default;
};

struct gate_name {
  coupon_id coupon{};
  epoch_number epoch = 0;
};

/// What a list shows of a gate.
struct gate_count {
  bool retired = false;      // the ledger has all of it
  sequence_number size = 0;  // users let in, unless it is retired

  friend bool operator==(const gate_count&, const gate_count&) = default;
};

struct queue_view {
  gate_status gate;
  std::vector<queue::queue_entry> entries;  // of the gate's epoch
};

struct admitted {
  user_id user{};
  sequence_number sequence = 0;
  timestamp admitted_at;  // whole milliseconds
  bool returned = false;  // and does not get another one
  friend bool operator==(const admitted&, const admitted&) = default;
};

/// What a fence left behind: the lineage that it fenced, and the last epoch that was open there (0: none), whose users
/// and queue are still to be drained. It is remembered in meta until the gate opens again, whoever has to start over.
struct fenced {
  std::string run_id;
  epoch_number source = 0;
  /// The epoch that was retired here, if none was opened since (0: none): all that it admitted is in the ledger.
  epoch_number retired = 0;
};

enum class change_outcome : std::uint8_t {
  done,
  not_this_gate,   // meta is missing, closed, not confirmed, or of another epoch: nothing was changed
  not_newer,       // the gate's config_version is not below the one that was given: nothing was changed
  below_admitted,  // more are admitted than the new total allows: nothing was changed
};

class shared_gate : public runtime::waits_until {
 public:
  /// Nothing: there is no meta (never created, flushed, lost).
  virtual std::optional<gate_status> status(coupon_id coupon) = 0;
  /// Of several at about the same time, in their order. Nothing also for a gate that is of another epoch.
  virtual std::vector<std::optional<gate_status>> statuses(std::span<const gate_name> of);
  /// The same, for less. Nothing also for a gate that is not confirmed: just now it says nothing.
  virtual std::vector<std::optional<gate_count>> counts(std::span<const gate_name> of);
  /// Status and the entries after `after` at one instant; oldest first, `count_max` entries at most.
  virtual std::optional<queue_view> read_queue(coupon_id coupon, const queue::queue_position& after,
                                               std::size_t count_max) = 0;
  virtual std::optional<admitted> find(coupon_id coupon, epoch_number epoch, user_id user) = 0;
  /// Of several users, each in its place; one step where the store can.
  virtual std::vector<std::optional<admitted>> find_each(coupon_id coupon, epoch_number epoch,
                                                         std::span<const user_id> users);
  /// Every admitted user of that epoch, in no order, each at least once (SCAN); in as many steps as it takes.
  virtual void each_admitted(coupon_id coupon, epoch_number epoch,
                             const std::function<void(const admitted&)>& each) = 0;
  /// Drops the entries up to and including `upto` and raises `issued`; does nothing unless {epoch, open, confirmed}.
  /// Only what the ledger holds may be dropped.
  virtual void trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                          sequence_number issued) = 0;

  // Confirm and rebuild (src/coordination/recovery.hpp). Each answers false, and changes nothing, when what it requires
  // is not so.

  /// Requires {epoch, open} served by `run_id`. Stamps run_id; sets the configuration when its version is higher.
  virtual bool confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config) = 0;
  /// Requires an epoch higher than meta's, or no meta. Closes the gate: from here nothing is admitted.
  virtual std::optional<fenced> fence(coupon_id coupon, epoch_number epoch) = 0;
  /// Requires {epoch, closed} served by `run_id`. Adds to the epoch's users; again is harmless. User 0 is one who is
  /// not known (a dead letter): it keeps its place.
  virtual bool load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                    std::span<const admitted> users) = 0;
  /// Requires {epoch, closed} served by `run_id`, with exactly `size` users. Opens, confirms, forgets the source.
  virtual bool open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config,
                    sequence_number size) = 0;
  /// Unlinks users and queue of an epoch that is neither meta's nor its source.
  virtual void drop(coupon_id coupon, epoch_number epoch) = 0;
  /// Requires {epoch, open}, confirmed, with an empty queue, and the configuration by which it was found to be over: an
  /// operator may have moved the end since; and no lowering may be under way. Marks the gate retired and unlinks its
  /// users.
  virtual bool retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) = 0;

  // Operators' changes (src/coordination/operator_change.hpp). All require {epoch, open, confirmed},
  // but for mark_returned.

  /// Tells the nodes that hold a sold-out lease not to renew it: it is about to become untrue. Changes nothing else.
  virtual change_outcome announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) = 0;
  /// The first half of a lowering: requires that the gate's version is `config_version`, that no lowering is under way
  /// and that it is none but a lowering (else not_newer). The total is lowered, `lowering` is set, the version stays;
  /// the next version is announced, since the old total comes back at once when the lowering dies.
  virtual change_outcome lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                               std::int32_t total_quantity) = 0;
  /// These users have returned what they had: they hear so from now on. The gate need not be confirmed. Again is
  /// harmless; not_newer: one of them is not in, the others are marked.
  virtual change_outcome mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) = 0;
  /// Sets everything, when the version is higher than the gate's; ends a lowering. Checked against the gate's size.
  virtual change_outcome configure(coupon_id coupon, epoch_number epoch, const gate_config& config) = 0;
};

}  // namespace firstcome::gate
