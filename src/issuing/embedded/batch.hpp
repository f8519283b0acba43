#pragma once

// One batch on its way from the pending queue into the ledger, as a step machine without I/O: `decide` once, write
// `rows` down, then `committed` or `rolled_back`. Every call has its answer afterwards, and no answer exists before the
// rows are durable: the refusals of a batch too rest on its admissions.
//
// Each user is admitted once: who asks twice in one batch gets, the second time, what asking again gets.
// Thread safety: the writer thread's own. Reused from batch to batch, so that it allocates nothing in the long run.

#include <cstdint>
#include <span>
#include <vector>

#include "gate/memory/gate_table.hpp"
#include "issuing/call_list.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::issuing {

class embedded_batch {
 public:
  static constexpr std::size_t calls_max = 4096;

  explicit embedded_batch(gate::gate_table& gates);

  /// Takes all of `calls` (1 to calls_max) and decides about each, in order, by one reading of the clock. A call whose
  /// deadline has passed is not decided about: it hears `overloaded`. Answers about how many it decided.
  std::size_t decide(call_list& calls, timestamp now, monotonic monotonic_now);

  /// What has to be durable before anybody is answered; may be empty.
  std::span<const ledger::new_issue> rows() const { return rows_; }

  void committed();
  void rolled_back();

  /// The calls with their answers, in the order in which they came; to be delivered.
  call_list& answered() { return calls_; }

 private:
  struct staged_user {
    std::uint64_t batch = 0;  // the slot is free unless this is the present batch
    std::uint32_t row = 0;
    coupon_id coupon{};
    user_id user{};
  };

  issue_decision decide_one(const issue_call& call, timestamp now);
  staged_user& slot_of(coupon_id coupon, user_id user);

  gate::gate_table& gates_;
  call_list calls_;
  std::vector<ledger::new_issue> rows_;
  std::vector<gate::gate*> touched_;  // gates with staged admissions, each once
  std::vector<staged_user> staged_;   // open addressing by (coupon, user)
  std::uint64_t batch_ = 0;
};

}  // namespace firstcome::issuing
