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
    if (source_.size() % 100'000 == 0) tell("read", source_.size());
  });
  std::sort(source_.begin(), source_.end(),
            [](const auto& a, const auto& b) { return std::tie(a.sequence, a.user) < std::tie(b.sequence, b.user); });
  source_.erase(std::unique(source_.begin(), source_.end()), source_.end());
  return still_mine();  // or these were not all of one Redis
}

/// The ledger learns who was fenced, and the configuration is settled before a total is relied on.
bool gate_rebuild::renumber() {
  const auto lock = lock_mine();
  if (!lock) return false;
  const timestamp now = time_.now();
  const coupon row = renumbered(lock->row(), status_, lock->cursor().last_sequence, now);
  if (row.config_version != lock->row().config_version) lock->store(row, now);
  cursor_.run_id = fenced_.run_id;
  lock->set_cursor(cursor_);
  lock->commit();
  total_ = row.sequence_limit();
  config_ = gate::config_of(row);
  return true;
}

/// What the last open gate admitted and nobody moved: in ascending sequence, up to the first that does not fit.
bool gate_rebuild::drain() {
  std::vector<gate::admitted> waiting;
  if (!read_ledger(waiting)) return false;
  for (std::size_t i = 0; i < waiting.size(); i += options_.rows_per_drain) {
    const std::size_t n = std::min(options_.rows_per_drain, waiting.size() - i);
    if (!drain_batch(std::span(waiting).subspan(i, n))) return false;
    report_.drained += n;
    tell("drain", report_.drained);
  }
  return true;
}

/// The users of the source that continue what the ledger holds. Nobody but this attempt adds a place to the ledger now.
bool gate_rebuild::read_ledger(std::vector<gate::admitted>& waiting) {
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
    return read_ledger(waiting);
  }
  waiting = waiting_in_source(last);
  const auto misfit = std::find_if(waiting.begin(), waiting.end(), [&](const auto& who) {
    return raw(who.user) < id_min || in_ledger[who.user] || (total_ && who.sequence > *total_);
  });
  waiting.erase(misfit, waiting.end());
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

bool gate_rebuild::drain_batch(std::span<const gate::admitted> users) {
  std::vector<ledger::new_issue> rows;
  for (const gate::admitted& who : users) rows.push_back({coupon_, who.user, who.sequence, who.admitted_at});
  std::vector<dead_letter> dead;
  ledger::queue_cursor to = cursor_;
  to.last_sequence = users.back().sequence;
  auto lock = lock_mine();
  if (!lock) return false;
  append_outcome outcome = lock->append(rows, dead);
  if (outcome == append_outcome::refused) {
    lock.reset();
    bisected_batch sorted = bisect_refused_rows(ledger_, coupon_, rows);
    if (sorted.outcome != append_outcome::committed) return ends(recovery_outcome::busy, "the ledger refused a row");
    lock = lock_mine();
    if (!lock) return false;
    outcome = lock->append(sorted.rows, sorted.dead);
  }
  if (outcome != append_outcome::committed)
    return ends(recovery_outcome::alarm, "the ledger refuses what the old gate had admitted: audit it");
  lock->set_cursor(to);
  lock->commit();
  cursor_ = to;
  return true;
}

}  // namespace firstcome::coordination
