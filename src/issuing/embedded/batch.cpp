#include "issuing/embedded/batch.hpp"

#include <algorithm>
#include <bit>

namespace firstcome::issuing {

namespace {
constexpr std::size_t slots = std::bit_ceil(2 * embedded_batch::calls_max);
}

embedded_batch::embedded_batch(gate::gate_table& gates) : gates_(gates), staged_(slots) {
  rows_.reserve(calls_max);
}

std::size_t embedded_batch::decide(call_list& calls, timestamp now, monotonic monotonic_now) {
  ++batch_;
  rows_.clear();
  calls_.splice(calls_.end(), calls);
  std::size_t decided = 0;
  for (issue_call& call : calls_) {
    if (call.deadline.passed(monotonic_now)) {
      call.answer = make_error_code(errc::overloaded);
    } else {
      call.answer = decide_one(call, now);
      ++decided;
    }
  }
  // The ledger counts per run of one coupon; the order within a coupon stays.
  if (touched_.size() > 1)
    std::stable_sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.coupon < b.coupon; });
  return decided;
}

issue_decision embedded_batch::decide_one(const issue_call& call, timestamp now) {
  gate::gate* gate = gates_.find(call.coupon);
  if (gate == nullptr) return {};

  staged_user& slot = slot_of(call.coupon, call.user);
  if (slot.batch == batch_) {
    const ledger::new_issue& row = rows_[slot.row];
    issue_decision again{verdict::already_issued, {}, {}};
    again.record = {call.coupon, call.user, row.sequence, issue_status::issued, row.date_issued, {}};
    return again;
  }

  issue_decision decision = gate->decide(call.user, now);
  if (decision.what != verdict::admitted) return decision;

  decision.record = gate->stage(call.user, to_whole_milliseconds(now));
  if (std::find(touched_.begin(), touched_.end(), gate) == touched_.end()) touched_.push_back(gate);
  slot = {batch_, static_cast<std::uint32_t>(rows_.size()), call.coupon, call.user};
  rows_.push_back({call.coupon, call.user, decision.record.sequence, decision.record.date_issued});
  return decision;
}

embedded_batch::staged_user& embedded_batch::slot_of(coupon_id coupon, user_id user) {
  const auto mixed = ((static_cast<std::uint64_t>(raw(user)) ^ gates_.hash_seed()) * 0x9e3779b97f4a7c15ULL) ^
                     (static_cast<std::uint64_t>(raw(coupon)) * 0xc2b2ae3d27d4eb4fULL);
  for (std::size_t at = (mixed >> 32) % slots;; at = (at + 1) % slots) {
    staged_user& slot = staged_[at];
    if (slot.batch != batch_ || (slot.coupon == coupon && slot.user == user)) return slot;
  }
}

void embedded_batch::committed() {
  for (gate::gate* gate : touched_) gate->commit_staged();
  touched_.clear();
}

void embedded_batch::rolled_back() {
  for (gate::gate* gate : touched_) gate->drop_staged();
  touched_.clear();
  for (issue_call& call : calls_) call.answer = make_error_code(errc::overloaded);
}

}  // namespace firstcome::issuing
