// The part of operator_change that takes coupons back.

#include <algorithm>

#include "coordination/operator_change.hpp"

namespace firstcome::coordination {

result<issue_record> operator_change::give_back(coupon_id id, user_id user, const return_step& step, const actor& by) {
  const return_request one{user, step, by};
  return give_back(id, std::span(&one, 1)).front();
}

std::vector<result<issue_record>> operator_change::give_back(coupon_id id,
                                                             std::span<const return_request> requests) try {
  answers to(requests.size(), errc::overloaded);
  for (int i = 0; i < attempts_max; ++i) {
    if (try_give_back(id, requests, to)) {
      mark_returns_in_gate(id, requests, to);
      return to;
    }
    make_ready(id);
  }
  return answers(requests.size(), errc::overloaded);
} catch (const ledger::transaction_conflict&) {
  if (requests.size() == 1) throw;
  return give_back_in_halves(id, requests);
}

/// All at once; one by one when that does not do: what keeps one user's return from the gate is no reason to leave the
/// others untold, because the ledger has all of them.
void operator_change::mark_returns_in_gate(coupon_id id, std::span<const return_request> requests, answers& to) {
  std::vector<user_id> users;
  for (std::size_t n = 0; n < requests.size(); ++n)
    if (to[n]) users.push_back(requests[n].user);
  if (users.empty() || marked_in_gate(id, users, 1)) return;
  for (std::size_t n = 0; n < requests.size(); ++n)
    if (to[n] && !marked_in_gate(id, std::span(&requests[n].user, 1), attempts_max)) to[n] = errc::unavailable;
}

/// The ledger has it. The answer waits until the gate has it too, or a rebuild has read it from the ledger.
bool operator_change::marked_in_gate(coupon_id id, std::span<const user_id> users, int times_max) try {
  for (int i = 1;; ++i) {
    const bool marked = apply_to_gate([&] {
      const std::optional<gate::gate_status> gate = gate_.status(id);
      if (gate && gate->retired) return true;  // the ledger answers
      return gate && gate_.mark_returned(id, gate->epoch, users) == gate::change_outcome::done;
    });
    if (marked) return true;
    if (i == times_max) return false;
    make_ready(id);
  }
} catch (const store_unavailable&) {
  return false;
}

/// A long transaction is overtaken by another node of the database's cluster again and again; a shorter one gets
/// through.
std::vector<result<issue_record>> operator_change::give_back_in_halves(coupon_id id,
                                                                       std::span<const return_request> requests) {
  const std::size_t half = requests.size() / 2;
  answers to = give_back(id, requests.first(half));
  const answers rest = give_back(id, requests.subspan(half));
  to.insert(to.end(), rest.begin(), rest.end());
  return to;
}

/// False: the gate has to be made fit first, or it was announced for another version.
bool operator_change::try_give_back(coupon_id id, std::span<const return_request> requests, answers& to) {
  const result<coupon> before = ledger_.find_coupon(id);
  if (!before) {
    std::fill(to.begin(), to.end(), before.error());
    return true;
  }
  const auto open = check_returns(*before, requests, to);
  if (!open) return false;
  if (open->empty()) return true;
  std::optional<announcement> announced;
  if (before->restock == restock_rule::pool) {
    announced = announce(*before, next_number(before->config_version, time_.now()));
    if (!announced) return false;
  }
  return until_not_overtaken(requests.size() == 1 ? overtaken_max : 2,
                             [&] { return give_back_under_lock(id, requests, *open, announced, to); });
}

/// Answers those that can be answered by looking. The places of the others; nothing: the gate does not know of an
/// earlier return, because who told the ledger died before it told the gate.
std::optional<std::vector<std::size_t>> operator_change::check_returns(const coupon& row,
                                                                       std::span<const return_request> requests,
                                                                       answers& to) {
  std::vector<std::size_t> open;
  bool returned_earlier = false;
  std::vector<user_id> users;
  for (const return_request& one : requests) users.push_back(one.user);
  const std::vector<result<issue_record>> records = ledger_.find_issues(row.id, users);
  for (std::size_t n = 0; n < requests.size(); ++n) {
    const result<issue_record>& record = records[n];
    if (!record || record->date_returned) {
      to[n] = record;
      returned_earlier = returned_earlier || record;
    } else if (record->status == issue_status::accepted) {
      to[n] = errc::unavailable;
    } else if (record->date_used) {
      to[n] = errc::already_used;
    } else {
      open.push_back(n);
    }
  }
  if (!returned_earlier) return open;
  const std::optional<gate::gate_status> gate = gate_.status(row.id);
  if (gate && !gate->retired && gate->config.config_version != row.config_version) make_ready(row.id);
  return open;
}

bool operator_change::give_back_under_lock(coupon_id id, std::span<const return_request> requests,
                                           std::span<const std::size_t> open,
                                           const std::optional<announcement>& announced, answers& to) {
  auto lock = ledger_.lock(id, runtime::deadline::after(lock_wait_max, time_.monotonic_now()));
  if (!lock) {
    for (const std::size_t n : open) to[n] = lock.error();
    return true;
  }
  const coupon row = (*lock)->row();
  const ledger::queue_cursor cursor = (*lock)->cursor();
  const bool to_pool = row.restock == restock_rule::pool;
  if (to_pool) {
    if (!announced || row.config_version >= announced->version) return false;  // announced in vain
    const std::optional<gate::gate_status> gate = gate_.status(id);
    if (why_unfit(gate, cursor, row.config_version) || !announced->stands_at(*gate)) return false;
  }
  const timestamp now = time_.now();
  std::vector<ledger::step_request> steps;
  for (const std::size_t n : open) steps.push_back({id, requests[n].user, requests[n].step, now, requests[n].by});
  const std::vector<result<issue_record>> taken = (*lock)->take_steps(steps);
  bool any = false;
  for (std::size_t n = 0; n < open.size(); ++n) {
    to[open[n]] = taken[n];
    any = any || taken[n];
  }
  if (!any) return true;
  coupon changed = (*lock)->row();
  if (to_pool) {
    changed.config_version = announced->version;
    (*lock)->store(changed, now);
  }
  (*lock)->commit();
  lock->reset();
  if (to_pool) configure_gate(changed, cursor.epoch);
  return true;
}

}  // namespace firstcome::coordination
