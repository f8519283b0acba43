#pragma once

// Operators' work on coupons, in ledger and gate. Both carry the configuration and its version; every change holds the
// coupon's lock in the ledger. What takes nothing away (a raise, a window, a pause) is committed in the ledger first: a
// gate that does not know it yet is merely too strict. What takes places away (a lowering) is made true in the gate
// first. A crash between any two steps leaves a difference that everybody sees and `recovery` heals, without one coupon
// too many and without one that was promised and cannot be given (docs/adr/0004).
//
// A raise is announced a sold-out lease before it is made: by then no node says "sold out" by itself. A gate that was
// rebuilt, or went back, in between may have forgotten the announcement: it is made again.
//
// Thread safety: the thread of its gate and ledger. `store_unavailable` passes through: unknown whether it was done.
// The deadline of gate and ledger bounds all of it, but for one thing: what the ledger has, the gate is told even then.

#include <span>
#include <vector>

#include "coordination/recovery.hpp"
#include "domain/error.hpp"

namespace firstcome::coordination {

struct return_request {
  user_id user{};
  return_step step;
  actor by;
};

class operator_change {
 public:
  operator_change(gate::shared_gate& gate, ledger::shared_ledger& ledger, sleeping_clock& time, recovery& recovery)
      : gate_(gate), ledger_(ledger), time_(time), recovery_(recovery) {}

  /// The row, then the gate; once the row is there, a gate that cannot be had now is no error. With a key that
  /// came before: the coupon that was made with it. Errors: invalid_coupon, idempotency_key_reused.
  result<coupon> create(const coupon_draft& draft, const actor& by = {},
                        const std::optional<idempotency_key>& key = {});
  /// Errors: coupon_not_found, invalid_coupon, quantity_below_issued; overloaded: surely not done, somebody else
  /// changes it. What is so already is no change, and answers the coupon as it is.
  result<coupon> change(coupon_id id, const coupon_change& change, const actor& by = {});

  /// Returns an issue: in the ledger, and then every node's gate knows that the user did, and that a place is free if
  /// it went to the pool. That is a raise by one, made as raises are. Errors: coupon_not_found, issue_not_found,
  /// already_used; unavailable while accepted; overloaded: surely not done.
  result<issue_record> give_back(coupon_id id, user_id user, const return_step& step, const actor& by = {});
  /// Several of one coupon: one announcement, one transaction, one change of the gate. Answers each in its place.
  std::vector<result<issue_record>> give_back(coupon_id id, std::span<const return_request> requests);

 private:
  // A worker at another node of the database's cluster commits to a hot coupon a hundred times a second, and each of
  // its commits takes our transaction back.
  static constexpr int overtaken_max = 50;
  static constexpr std::chrono::milliseconds lock_wait_max{2000};
  static constexpr std::chrono::milliseconds pause_when_overtaken{20};
  static constexpr int attempts_max = 5;

  /// What one attempt came to; nothing: the gate has to be made fit first, or it was announced for another version.
  using attempt = std::optional<result<coupon>>;

  /// The gate to which a raise was announced; retired: it needs none.
  struct announcement {
    epoch_number epoch = 0;
    std::string run_id;
    std::int64_t version = 0;
    bool stands_at(const gate::gate_status& gate) const { return gate.epoch == epoch && gate.run_id == run_id; }
  };

  /// `under_lock` has done nothing when it throws transaction_conflict, but to lower the gate, which it finds out by
  /// itself.
  template <class Work>
  auto until_not_overtaken(int times_max, Work under_lock) {
    for (int i = 0;; ++i) {
      try {
        return under_lock();
      } catch (const ledger::transaction_conflict&) {
        if (i == times_max) throw;
        time_.sleep(time_.jittered(pause_when_overtaken));
      }
    }
  }
  /// Tells the gate what the ledger has already. This goes on when the caller has given up, or the gate would keep the
  /// old state.
  template <class Work>
  auto apply_to_gate(Work work) {
    const runtime::without_deadline for_everybody(gate_);
    return work();
  }
  attempt try_change(coupon_id id, const coupon_change& change, const actor& by);
  attempt answer_unchanged(const coupon& row);
  attempt change_under_lock(coupon_id id, const coupon_change& change, const actor& by, std::int64_t version_seen,
                            bool is_raise, const std::optional<announcement>& announced);
  using answers = std::vector<result<issue_record>>;
  bool try_give_back(coupon_id id, std::span<const return_request> requests, answers& to);
  bool give_back_under_lock(coupon_id id, std::span<const return_request> requests, std::span<const std::size_t> open,
                            const std::optional<announcement>& announced, answers& to);
  std::optional<std::vector<std::size_t>> check_returns(const coupon& row, std::span<const return_request> requests,
                                                        answers& to);
  answers give_back_in_halves(coupon_id id, std::span<const return_request> requests);
  void mark_returns_in_gate(coupon_id id, std::span<const return_request> requests, answers& to);
  bool marked_in_gate(coupon_id id, std::span<const user_id> users, int times_max);
  std::optional<announcement> announce(const coupon& row, std::int64_t version);
  attempt lower_gate(const coupon& row, const ledger::queue_cursor& cursor, std::int32_t total_quantity);
  void configure_gate(const coupon& row, epoch_number epoch);
  void make_ready(coupon_id id);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  recovery& recovery_;
  /// An attempt of this change lowered the gate and was overtaken: for a moment the gate said "sold out" by the lower
  /// total. A refusal after that would claim that nothing was done.
  bool lowered_ = false;
};

}  // namespace firstcome::coordination
