// The part of gate_rebuild that brings into the ledger what the last open gate had admitted and nobody moved.

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "coordination/bisect_refused_rows.hpp"
#include "coordination/config_version_bump.hpp"
#include "coordination/gate_rebuild.hpp"

namespace firstcome::coordination {

using ledger::append_outcome;

bool gate_rebuild::read_source() {
  if (!still_mine()) return false;
  if (fenced_.source == 0) return true;
  gate_.each_admitted(coupon_, fenced_.source, [&](const gate::admitted& who) {
    source_.push_back(who);
    if (source_.size() % 100'000 == 0) report_progress("read", source_.size());
  });
  std::sort(source_.begin(), source_.end(),
            [](const auto& a, const auto& b) { return std::tie(a.sequence, a.user) < std::tie(b.sequence, b.user); });
  source_.erase(std::unique(source_.begin(), source_.end()), source_.end());
  return still_mine();  // or these were not all of one Redis
}

/// The ledger learns who was fenced and what it forgot of returns, and the configuration is settled before a total is
/// relied on. A ledger that went back has forgotten by which total the last open gate let users in: they keep their
/// places, also those that were given again when nobody knows any more who had returned them.
bool gate_rebuild::bump_config_version() {
  const std::vector<user_id> forgotten = returned_in_source_only();
  const auto lock = lock_mine();
  if (!lock) return false;
  const timestamp now = time_.now();
  take_back(*lock, forgotten, now);
  const sequence_number kept = waiting_.empty() ? cursor_.last_sequence : waiting_.back().sequence;
  const sequence_number within = std::min(kept, status_.config.total_quantity.value_or(quantity_max));
  const sequence_number admitted = std::max(within, cursor_.last_sequence) - to_be_taken_back(*lock);
  coupon row = with_version_bumped(lock->row(), status_, admitted, now);
  const bool is_bumped = row.config_version != lock->row().config_version;
  if (!is_bumped && !forgotten.empty()) row.config_version = next_number(row.config_version, now);
  if (is_bumped || !forgotten.empty()) lock->store(row, now);
  cursor_.run_id = fenced_.run_id;
  lock->set_cursor(cursor_);
  lock->commit();
  leave_out_who_is_past(row);
  config_ = gate::config_of(row);
  return true;
}

/// Of those who wait, as places that each of them leaves to the next.
sequence_number gate_rebuild::to_be_taken_back(const ledger::coupon_lock& lock) const {
  if (lock.row().restock != restock_rule::pool) return 0;
  return static_cast<sequence_number>(
      std::count_if(waiting_.begin(), waiting_.end(), [](const auto& who) { return who.returned; }));
}

/// As many stay as the total has room for once all of them who returned have left their places: it may have been
/// lowered after they had.
void gate_rebuild::leave_out_who_is_past(const coupon& row) {
  std::int64_t limit = row.sequence_limit().value_or(quantity_max);
  auto past = waiting_.begin();
  for (auto who = waiting_.begin(); who != waiting_.end(); ++who) {
    if (who->returned && row.restock == restock_rule::pool) ++limit;
    if (who->sequence <= limit) past = who + 1;
  }
  waiting_.erase(past, waiting_.end());
}

/// Users whose return the gate recorded but the restored ledger does not have.
std::vector<user_id> gate_rebuild::returned_in_source_only() const {
  std::vector<user_id> users;
  std::vector<sequence_number> places;
  for (const gate::admitted& who : source_) {
    if (!who.returned || raw(who.user) < id_min || who.sequence > cursor_.last_sequence) continue;
    users.push_back(who.user);
    places.push_back(who.sequence);
  }
  std::vector<user_id> forgotten;
  for (std::size_t from = 0; from < users.size(); from += options_.rows_per_drain) {
    const std::size_t n = std::min(options_.rows_per_drain, users.size() - from);
    const auto records = ledger_.find_issues(coupon_, std::span(users).subspan(from, n));
    for (std::size_t i = 0; i < n; ++i)
      if (records[i] && records[i]->sequence == places[from + i] && !records[i]->date_returned)
        forgotten.push_back(users[from + i]);
  }
  return forgotten;
}

/// How many are back. What is used in the ledger, or is no row there, stays as it is.
std::size_t gate_rebuild::take_back(ledger::coupon_lock& lock, std::span<const user_id> users, timestamp now) {
  if (users.empty()) return 0;
  std::vector<ledger::step_request> steps;
  steps.reserve(users.size());
  for (const user_id user : users) steps.push_back({coupon_, user, return_step{}, now, {}});
  const auto taken = lock.take_steps(steps);
  return static_cast<std::size_t>(
      std::count_if(taken.begin(), taken.end(), [](const auto& one) { return one.has_value(); }));
}

/// What the last open gate admitted and nobody moved: in ascending sequence, up to the first that does not fit. A
/// returned user ends a batch, because the next one may need the place. A user past the total gets a batch alone.
bool gate_rebuild::drain() {
  const auto needs_room = [this](const gate::admitted& who) {
    return who.sequence > config_.total_quantity.value_or(quantity_max);
  };
  for (std::size_t i = 0; i < waiting_.size();) {
    std::size_t n = 1;
    while (n < options_.rows_per_drain && i + n < waiting_.size() && !waiting_[i + n - 1].returned &&
           !needs_room(waiting_[i + n]))
      ++n;
    if (!drain_batch(std::span(waiting_).subspan(i, n))) return false;
    i += n;
    report_.drained += n;
    report_progress("drain", report_.drained);
  }
  return true;
}

/// The users of the source that continue what the ledger holds. Nobody but this attempt adds a place to the ledger now.
bool gate_rebuild::read_ledger() {
  sequence_number last = 0;
  bool dense = true;
  std::unordered_map<user_id, bool> in_ledger;  // those of the source that may have to be drained
  for (const gate::admitted& who : source_)
    if (who.sequence > cursor_.last_sequence) in_ledger.emplace(who.user, false);
  ledger_.each_admitted(coupon_, [&](const issue_record& record) {
    dense = dense && record.sequence == last + 1;
    last = record.sequence;
    if (const auto found = in_ledger.find(record.user); found != in_ledger.end()) found->second = true;
  });
  if (!dense) return ends(recovery_outcome::alarm, "the ledger's sequences have gaps or doubles: audit it");

  if (last != cursor_.last_sequence) {  // rows from before there was a cursor, or rows that were taken away
    const auto lock = lock_mine();
    if (!lock) return false;
    cursor_.last_sequence = last;
    lock->set_cursor(cursor_);
    lock->commit();
    return read_ledger();
  }
  waiting_ = waiting_in_source(last);
  const auto misfit = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const auto& who) { return raw(who.user) < id_min || in_ledger[who.user]; });
  waiting_.erase(misfit, waiting_.end());
  return true;
}

std::vector<gate::admitted> gate_rebuild::waiting_in_source(sequence_number last) const {
  std::vector<gate::admitted> waiting;
  for (const gate::admitted& who : source_) {
    if (who.sequence <= last) continue;
    if (who.sequence != last + 1) break;
    waiting.push_back(who);
    ++last;
  }
  return waiting;
}

/// A return before the lowering: both are written in this transaction, the return first.
void gate_rebuild::make_room_for(const gate::admitted& who, ledger::coupon_lock& lock) {
  coupon row = lock.row();
  if (!who.returned || who.sequence <= row.sequence_limit().value_or(quantity_max)) return;
  row.total_quantity = who.sequence - row.returned_quantity;
  lock.store(row, time_.now());
}

/// The total is `total` again. Only where the ledger refused the row of who returned does the place stay taken (by a
/// dead letter); then the total rises by one, if it was given to the next.
void gate_rebuild::free_place_of(const gate::admitted& who, ledger::coupon_lock& lock,
                                 const std::optional<std::int32_t>& total) {
  const timestamp now = time_.now();
  const bool is_back = take_back(lock, {&who.user, 1}, now) == 1;
  coupon row = lock.row();
  row.total_quantity = total;
  const auto returns_to_come = std::count_if(waiting_.begin(), waiting_.end(), [&](const auto& other) {
    return other.returned && other.sequence > who.sequence;
  });
  const bool pool = row.restock == restock_rule::pool;
  if (total && pool && !is_back && waiting_.back().sequence - returns_to_come > *row.sequence_limit()) {
    row.total_quantity = *total + 1;
    row.config_version = next_number(row.config_version, now);
  }
  if (row.total_quantity != lock.row().total_quantity) lock.store(row, now);
}

bool gate_rebuild::drain_batch(std::span<const gate::admitted> users) {
  std::vector<ledger::new_issue> rows;
  for (const gate::admitted& who : users) rows.push_back({coupon_, who.user, who.sequence, who.admitted_at});
  std::vector<dead_letter> dead;
  ledger::queue_cursor to = cursor_;
  to.last_sequence = users.back().sequence;
  auto lock = lock_mine();
  if (!lock) return false;
  const std::optional<std::int32_t> total = lock->row().total_quantity;
  make_room_for(users.back(), *lock);
  append_outcome outcome = lock->append(rows, dead);
  if (outcome == append_outcome::refused) {
    lock.reset();
    bisected_batch sorted = bisect_refused_rows(ledger_, coupon_, rows);
    if (sorted.outcome != append_outcome::committed) return ends(recovery_outcome::busy, "the ledger refused a row");
    lock = lock_mine();
    if (!lock) return false;
    make_room_for(users.back(), *lock);
    outcome = lock->append(sorted.rows, sorted.dead);
  }
  if (outcome != append_outcome::committed)
    return ends(recovery_outcome::alarm, "the ledger refuses what the old gate had admitted: audit it");
  if (users.back().returned) free_place_of(users.back(), *lock, total);
  lock->set_cursor(to);
  lock->commit();
  config_ = gate::config_of(lock->row());
  cursor_ = to;
  return true;
}

}  // namespace firstcome::coordination
