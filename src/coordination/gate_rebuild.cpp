#include "coordination/gate_rebuild.hpp"

#include <algorithm>

namespace firstcome::coordination {

recovery_report gate_rebuild::run(std::unique_ptr<ledger::coupon_lock> lock, std::string why, monotonic quiet_since,
                                  const std::function<void()>& before_load) {
  report_.why = std::move(why);
  quiet_since_ = quiet_since;
  claim(*lock);
  lock.reset();
  if (!fence() || !read_source() || !read_ledger() || !bump_config_version() || !drain()) return report_;
  if (before_load) before_load();
  if (!load() || !open()) return report_;
  drop_old();
  report_.outcome = recovery_outcome::rebuilt;
  report_.epoch = cursor_.epoch;
  return report_;
}

/// An epoch of one's own, in the coupon and in its cursor: from this commit on no batch of an older epoch commits. A
/// cursor without a lineage says that the gate was retired and that none was opened since, whoever has to start over.
void gate_rebuild::claim(ledger::coupon_lock& lock) {
  report_progress("claim");
  const std::optional<gate::gate_status> seen = gate_.status(coupon_);
  before_ = seen ? seen->epoch : 0;
  const timestamp now = time_.now();
  coupon row = lock.row();
  cursor_ = lock.cursor();
  ledger_before_ = cursor_.epoch;
  const bool retired_here = seen && seen->retired && seen->epoch == cursor_.epoch;
  nothing_to_lose_ = cursor_.run_id.empty() || retired_here;
  if (nothing_to_lose_) cursor_.run_id.clear();
  row.epoch = next_number(std::max({row.epoch, cursor_.epoch, before_}), now);
  cursor_.epoch = row.epoch;
  cursor_.last_id = queue::queue_start;
  lock.store(row, now);
  lock.set_cursor(cursor_);
  lock.commit();
}

/// From here nothing is admitted, and what comes late for an older epoch is refused.
bool gate_rebuild::fence() {
  report_progress("fence");
  const std::optional<gate::fenced> fenced = gate_.fence(coupon_, cursor_.epoch);
  if (!fenced) return ends(recovery_outcome::busy, "somebody else rebuilds the gate");
  fenced_ = *fenced;
  const bool was_open = fenced_.source != 0 && (before_ == 0 || fenced_.source == before_);
  if (was_open) quiet_since_ = time_.monotonic_now();
  report_.loss_possible = may_have_lost();
  if (before_ != 0) gate_.drop(coupon_, before_);  // refused if it is the source; otherwise it was never opened
  return true;
}

/// Not when there is an old gate to drain, and not with one that was retired as the one that the ledger belongs to. A
/// retired gate that is older came back with an old copy of Redis, and a later one is gone. (An attempt that starts
/// over relies on the first.)
bool gate_rebuild::may_have_lost() const {
  if (fenced_.source != 0 || nothing_to_lose_) return false;
  const bool was_fenced_since = fenced_.retired != 0 && fenced_.retired != before_;
  return !was_fenced_since;
}

/// From one snapshot: a dead letter that is replayed meanwhile is in it once, as what it was or as what it is.
bool gate_rebuild::load() {
  std::vector<gate::admitted> chunk;
  bool mine = true;
  const auto flush = [&] {
    mine = mine && (chunk.empty() || gate_.load(coupon_, cursor_.epoch, fenced_.run_id, chunk));
    chunk.clear();
    report_progress("load", static_cast<std::size_t>(loaded_));
  };
  auto old = source_.cbegin();
  ledger_.each_admitted(coupon_, [&](const issue_record& record) {
    ++loaded_;
    for (; old != source_.cend() && old->sequence <= record.sequence; ++old)
      if (old->sequence != record.sequence || old->user != record.user) name_left_over(*old);
    const bool returned = record.date_returned && raw(record.user) >= id_min;  // a place that was given up is nobody's
    chunk.push_back({record.user, record.sequence, to_whole_milliseconds(record.date_issued), returned});
    if (chunk.size() == options_.users_per_load) flush();
  });
  flush();
  for (; old != source_.cend(); ++old) name_left_over(*old);
  if (!mine) return ends(recovery_outcome::busy, "the gate changed while it was loaded");
  if (loaded_ != cursor_.last_sequence) return ends(recovery_outcome::alarm, "the ledger's rows changed: audit it");
  return true;
}

void gate_rebuild::name_left_over(const gate::admitted& who) {
  if (raw(who.user) < id_min) return;  // the place of somebody who is not known
  ++report_.left_over_count;
  if (report_.left_over.size() < left_over_max) report_.left_over.push_back(who);
}

bool gate_rebuild::open() {
  report_progress("open");
  const bool is_new = ledger_before_ == 0 && fenced_.source == 0;
  if (!is_new &&
      loaded_ < config_.total_quantity.value_or(quantity_max)) {  // the last lease of the old gate has to end
    const auto passed = std::chrono::floor<std::chrono::milliseconds>(time_.monotonic_now() - quiet_since_);
    if (passed < announcement_lead) time_.sleep(announcement_lead - passed);
  }
  if (gate_.open(coupon_, cursor_.epoch, fenced_.run_id, config_, loaded_)) return true;
  return ends(recovery_outcome::busy, "the gate changed before it could be opened");
}

void gate_rebuild::drop_old() {
  if (fenced_.source != 0) gate_.drop(coupon_, fenced_.source);
}

/// The gate is still closed under this epoch, and on the Redis that was fenced.
bool gate_rebuild::still_mine() {
  const std::optional<gate::gate_status> seen = gate_.status(coupon_);
  const bool mine = seen && seen->epoch == cursor_.epoch && !seen->open && seen->serving_run_id == fenced_.run_id;
  if (!mine) return ends(recovery_outcome::busy, "the gate changed while it was rebuilt");
  status_ = *seen;
  return true;
}

/// The coupon's lock, if the cursor is still as this attempt left it.
std::unique_ptr<ledger::coupon_lock> gate_rebuild::lock_mine() {
  auto lock = ledger_.lock(coupon_, runtime::deadline::after(options_.lock_wait_max, time_.monotonic_now()));
  if (!lock) {
    ends(recovery_outcome::busy, "the coupon's lock is held");
    return nullptr;
  }
  if ((*lock)->cursor() == cursor_) return std::move(*lock);
  ends(recovery_outcome::busy, "somebody else rebuilds the gate");
  return nullptr;
}

bool gate_rebuild::ends(recovery_outcome outcome, std::string why) {
  report_.outcome = outcome;
  report_.why = std::move(why);
  return false;
}

}  // namespace firstcome::coordination
