#include "worker/log_mover.hpp"

#include <algorithm>
#include <map>

#include "worker/log_chain.hpp"

namespace firstcome::worker {

using ledger::append_outcome;
using enum move_report::outcome;

/// What one transaction is to do.
struct log_mover::plan {
  ledger::append_batch batch;
  gate::gate_status gate;
  std::vector<queue::log_entry> entries;
};

log_mover::log_mover(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with)
    : gate_(gate), ledger_(ledger), with_(std::move(with)) {}

move_report log_mover::move(coupon_id coupon) {
  move_report report;
  plan p;
  if (!read(coupon, p, report)) return report;
  if (!lay_out(coupon, p)) {
    report.how = suspicious;
    return report;
  }
  switch (append(coupon, p, report)) {
    case append_outcome::committed:
      settle(coupon, p);
      report.how = moved;
      report.rows = static_cast<sequence_number>(p.batch.rows.size());
      report.dead = static_cast<sequence_number>(p.batch.dead.size());
      break;
    case append_outcome::busy:
      report.how = busy;
      break;
    case append_outcome::moved:  // somebody else was faster; what was read is void
      report.how = busy;
      break;
    case append_outcome::over_total:
      report.how = alarm;
      report.what = "the queue holds more admissions than the coupon's total allows";
      break;
    case append_outcome::conflict:
      report.how = alarm;
      report.what = "a user or a place in the queue is taken by another record in the ledger";
      break;
    case append_outcome::refused:
      report.how = alarm;
      report.what = "the ledger refuses rows, and none of them by itself";
      break;
  }
  return report;
}

/// False: the report says all. Only what belongs to the cursor's epoch and lineage, and continues it, may be moved.
bool log_mover::read(coupon_id coupon, plan& p, move_report& report) {
  const std::optional<ledger::log_cursor> cursor = ledger_.cursor_of(coupon);
  if (!cursor) {
    report.how = no_coupon;
    return false;
  }
  std::optional<gate::log_view> view = gate_.read_log(coupon, cursor->last_id, with_.entries_max);
  if (view && view->gate.retired && view->gate.epoch == cursor->epoch) {
    report.how = drained;
    return false;
  }
  if (!view || !view->gate.confirmed() || view->gate.epoch != cursor->epoch || view->gate.run_id != cursor->run_id ||
      view->gate.size < cursor->last_sequence || !chains(view->entries, cursor->last_sequence) ||
      (view->entries.empty() && view->gate.size != cursor->last_sequence)) {
    report.how = suspicious;
    return false;
  }
  report.lag = view->gate.size - cursor->last_sequence;
  p.batch.from = p.batch.to = *cursor;
  p.gate = std::move(view->gate);
  p.entries = std::move(view->entries);
  if (!p.entries.empty()) return true;
  report.how = drained;
  // Whoever committed last may have died before it told the gate, whose backlog would then look full for ever.
  if (p.gate.issued < cursor->last_sequence) settle(coupon, p);
  return false;
}

/// Rows for what can be decoded, in order, up to the bound; for an entry that cannot, its users from the gate. False:
/// the places do not add up.
bool log_mover::lay_out(coupon_id coupon, plan& p) {
  ledger::append_batch& batch = p.batch;
  for (std::size_t n = 0; n < p.entries.size(); ++n) {
    const queue::log_entry& entry = p.entries[n];
    if (n > 0 && batch.rows.size() + batch.dead.size() >= with_.rows_max) break;
    if (entry.what) {
      sequence_number place = entry.what->first;
      for (const user_id user : entry.what->users)
        batch.rows.push_back({coupon, user, place++, entry.what->admitted_at});
      batch.to.last_sequence = entry.what->last();
      batch.to.last_id = entry.at;
      continue;
    }
    // All that follow and cannot be decoded either are taken with it: only together is it known which places are
    // theirs.
    std::size_t good = n;
    while (good < p.entries.size() && !p.entries[good].what) ++good;
    if (good == p.entries.size() && p.entries.size() == with_.entries_max && n > 0)
      break;  // seen whole in the next read
    const sequence_number after = batch.to.last_sequence;
    const sequence_number before = good < p.entries.size() ? p.entries[good].what->first : p.gate.size + 1;
    const std::vector<gate::admitted> users = recovered(coupon, p, after, before);
    auto known = users.begin();
    for (sequence_number place = after + 1; place < before; ++place) {
      if (known != users.end() && known->sequence == place && raw(known->user) >= id_min) {
        batch.rows.push_back({coupon, known->user, place, known->admitted_at});
      } else {
        batch.dead.push_back({.coupon = coupon,
                              .sequence = place,
                              .user = {},
                              .admitted_at = {},
                              .reason = "queue entry " + entry.at + " cannot be decoded: " + entry.why_not});
      }
      while (known != users.end() && known->sequence <= place) ++known;
    }
    batch.to.last_sequence = before - 1;
    batch.to.last_id = p.entries[good - 1].at;
    n = good - 1;
  }
  const auto places = static_cast<std::int64_t>(batch.rows.size() + batch.dead.size());
  return places == std::int64_t{batch.to.last_sequence} - batch.from.last_sequence;
}

/// Users of the gate at the places between the two, by place.
std::vector<gate::admitted> log_mover::recovered(coupon_id coupon, const plan& p, sequence_number after,
                                                 sequence_number before) {
  std::map<sequence_number, gate::admitted> found;
  gate_.each_admitted(coupon, p.gate.epoch, [&](const gate::admitted& one) {
    if (one.sequence > after && one.sequence < before) found.emplace(one.sequence, one);
  });
  std::vector<gate::admitted> users;
  for (const auto& [place, one] : found) users.push_back(one);
  return users;
}

append_outcome log_mover::append(coupon_id coupon, plan& p, move_report& report) {
  const monotonic begun = with_.clock();
  append_outcome made = ledger_.append(coupon, p.batch);
  if (made == append_outcome::refused) {
    bury_refused(coupon, p);
    made = ledger_.append(coupon, p.batch);
  }
  report.commit_duration = with_.clock() - begun;
  return made;
}

/// Finds the rows that the ledger refuses by halving, and makes each of them a dead letter.
void log_mover::bury_refused(coupon_id coupon, plan& p) {
  std::vector<ledger::new_issue> good;
  std::vector<std::span<const ledger::new_issue>> to_try = {p.batch.rows};
  while (!to_try.empty()) {
    const std::span<const ledger::new_issue> part = to_try.back();
    to_try.pop_back();
    if (part.empty()) continue;
    if (ledger_.probe(coupon, part) != append_outcome::refused) {
      good.insert(good.end(), part.begin(), part.end());
    } else if (part.size() == 1) {
      const ledger::new_issue& bad = part.front();
      p.batch.dead.push_back({.coupon = coupon,
                              .sequence = bad.sequence,
                              .user = bad.user,
                              .admitted_at = bad.date_issued,
                              .reason = "the ledger refuses this row for its data"});
    } else {
      to_try.push_back(part.subspan(part.size() / 2));
      to_try.push_back(part.first(part.size() / 2));
    }
  }
  p.batch.rows = std::move(good);
  std::ranges::sort(p.batch.dead, {}, &ledger::dead_letter::sequence);
}

/// Lazily: when this does not happen, the next worker that looks does it.
void log_mover::settle(coupon_id coupon, const plan& p) {
  gate_.trim_log(coupon, p.batch.to.epoch, p.batch.to.last_id, p.batch.to.last_sequence);
}

}  // namespace firstcome::worker
