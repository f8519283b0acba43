#pragma once

// Decides, atomically and in one order, who is in. One gate per coupon; pure: time is handed in.
//
// Thread safety: one writer thread decides, stages and settles; any thread may ask for the committed state meanwhile
// (`early_decision`, `find`, `coupon`). What is staged is invisible to everybody else until `commit_staged`, so an
// admission that is taken back was never seen.
//
// Invariant: committed + staged ≤ total_quantity + what was returned to the pool, at any instant.

#include <shared_mutex>

#include "domain/coupon.hpp"
#include "domain/issue.hpp"
#include "domain/sold_out_view.hpp"
#include "gate/memory/admitted_users.hpp"

namespace firstcome::gate {

class gate {
 public:
  gate(firstcome::coupon c, std::uint64_t hash_seed);

  // Any thread.

  /// What the committed state says already. `admitted` means: perhaps: wait in the pending queue.
  issue_decision early_decision(user_id user, timestamp now) const;
  /// Whether the committed state says "sold out", to this user and to strangers.
  sold_out_view look(user_id user, timestamp now) const;
  std::optional<issue_record> find(user_id user) const;
  /// With issued_quantity as it is committed.
  firstcome::coupon coupon() const;

  // The writer thread.

  /// Decides about the user by what is committed and staged. The caller knows that this user is not among the staged.
  issue_decision decide(user_id user, timestamp now) const;
  /// Takes the next sequence for a user for whom `decide` said `admitted`.
  issue_record stage(user_id user, timestamp date_issued);
  void commit_staged();
  void drop_staged();

  /// Requires: nothing is staged; the change was checked and is in the ledger.
  void configure(firstcome::coupon changed);
  /// Requires: the step is in the ledger. A return moves the counts as the ledger does.
  void note_step(const issue_record& after);
  /// For the start: an issue that the ledger holds, in ascending sequence without a gap (or std::runtime_error).
  void restore(const issue_record& record);

 private:
  issue_decision decide(user_id user, timestamp now, std::size_t staged) const;
  issue_decision decide_stranger(timestamp now, std::size_t staged) const;
  issue_record record_of(sequence_number sequence) const;

  mutable std::shared_mutex lock_;  // written under exclusive, read by other threads under shared
  firstcome::coupon coupon_;
  admitted_users admitted_;
  std::vector<admitted_user> staged_;  // the writer thread's own
};

}  // namespace firstcome::gate
