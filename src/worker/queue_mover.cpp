#include "worker/queue_mover.hpp"

#include <algorithm>
#include <map>

#include "coordination/bisect_refused_rows.hpp"
#include "coordination/gate_look.hpp"

namespace firstcome::worker {

using ledger::append_outcome;

move_report queue_mover::step() {
  if (known_) known_->fresh = false;
  if (!known_ && !learn()) return {.outcome = move_outcome::unfit, .why = "there is no such coupon"};

  const std::optional<gate::queue_view> view = read();
  const auto status = view ? std::optional(view->gate) : std::nullopt;
  if (const auto why = coordination::why_unfit(status, known_->cursor, known_->config_version))
    return doubt(move_outcome::unfit, *why);
  if (view->gate.retired) return {};

  const bool whole = view->entries.size() < entries_wanted_;
  const coordination::queue_chain chain = coordination::chain_after(known_->cursor.last_sequence, *view, whole);
  if (chain.broken) return doubt(move_outcome::unfit, *chain.broken);
  return chain.stretches.empty() ? idle(view->gate) : move(*view, chain);
}

/// About as much as a batch holds; more when it is nothing but entries that cannot be decoded: their end must be seen.
std::optional<gate::queue_view> queue_mover::read() {
  while (true) {
    std::optional<gate::queue_view> view = gate_.read_queue(coupon_, known_->cursor.last_id, entries_wanted_);
    const bool spoilt = view && view->entries.size() == entries_wanted_ &&
                        std::none_of(view->entries.begin(), view->entries.end(),
                                     [](const queue::queue_entry& e) { return e.what.has_value(); });
    if (!spoilt) return view;
    entries_wanted_ *= 2;
  }
}

move_report queue_mover::idle(const gate::gate_status& gate) {
  if (gate.issued < known_->cursor.last_sequence) trim(gate);  // left behind by one that died
  return {.epoch = gate.epoch, .config_version = gate.config.config_version, .ends = gate.config.window.end};
}

bool queue_mover::learn() {
  const std::optional<ledger::queue_cursor> cursor = ledger_.cursor_of(coupon_);
  if (!cursor) return false;
  const result<coupon> row = ledger_.find_coupon(coupon_);
  if (!row) return false;
  known_ = known{*cursor, row->config_version};
  return true;
}

/// Something does not fit. Is it only that the ledger moved on since it was looked at?
move_report queue_mover::doubt(move_outcome outcome, std::string why) {
  const known before = *known_;
  forget();
  if (!before.fresh) return {.outcome = move_outcome::again};
  if (learn() && (known_->cursor != before.cursor || known_->config_version != before.config_version))
    return {.outcome = move_outcome::again};
  forget();
  return {.outcome = outcome, .why = std::move(why)};
}

move_report queue_mover::move(const gate::queue_view& view, const coordination::queue_chain& chain) {
  ledger::append_batch batch = batch_of(view, chain);
  const bool some_damaged =
      std::any_of(chain.stretches.begin(), chain.stretches.end(), [](const auto& one) { return one.what == nullptr; });
  if (some_damaged && !still_serves(view.gate)) {
    forget();
    return {.outcome = move_outcome::again};
  }
  const auto behind = static_cast<std::size_t>(view.gate.size - batch.to.last_sequence);
  const move_report report = append(std::move(batch), behind);
  if (report.outcome == move_outcome::moved) trim(view.gate);
  return report;
}

ledger::append_batch queue_mover::batch_of(const gate::queue_view& view, const coordination::queue_chain& chain) {
  ledger::append_batch batch{known_->cursor, known_->cursor, {}, {}};
  std::size_t entries_users = 0;
  for (const coordination::queue_stretch& stretch : chain.stretches) {
    const auto places = static_cast<std::size_t>(stretch.last - stretch.first) + 1;
    if (!batch.rows.empty() && batch.rows.size() + places > rows_max_) break;
    if (stretch.what == nullptr) {
      add_damaged(batch, stretch, view.gate.epoch);
    } else {
      for (std::size_t i = 0; i < stretch.what->users.size(); ++i)
        batch.rows.push_back({coupon_, stretch.what->users[i], stretch.first + static_cast<sequence_number>(i),
                              stretch.what->admitted_at});
    }
    batch.to.last_id = stretch.upto;
    batch.to.last_sequence = std::max(batch.to.last_sequence, stretch.last);
  }
  for (const coordination::queue_stretch& s : chain.stretches)
    entries_users += static_cast<std::size_t>(s.last - s.first + 1);
  const std::size_t users_per_entry = std::max<std::size_t>(1, entries_users / chain.stretches.size());
  entries_wanted_ = std::clamp<std::size_t>(rows_max_ / users_per_entry + 1, 8, rows_max_);
  return batch;
}

/// Another Redis may have answered since the queue was read, and have other users at these places.
bool queue_mover::still_serves(const gate::gate_status& read_from) {
  const std::optional<gate::gate_status> now = gate_.status(coupon_);
  return now && now->confirmed() && now->epoch == read_from.epoch && now->run_id == read_from.run_id;
}

/// The users of entries that cannot be decoded stand in the gate, too.
void queue_mover::add_damaged(ledger::append_batch& batch, const coordination::queue_stretch& stretch,
                              epoch_number epoch) {
  if (stretch.last < stretch.first) return;  // nobody's: put there by somebody else
  std::map<sequence_number, gate::admitted> found;
  gate_.each_admitted(coupon_, epoch, [&](const gate::admitted& who) {
    if (raw(who.user) > 0 && who.sequence >= stretch.first && who.sequence <= stretch.last)
      found.emplace(who.sequence, who);
  });
  for (sequence_number s = stretch.first; s <= stretch.last; ++s) {
    if (const auto who = found.find(s); who != found.end()) {
      batch.rows.push_back({coupon_, who->second.user, s, who->second.admitted_at});
    } else {
      batch.dead.push_back({0, coupon_, s, std::nullopt, to_whole_milliseconds(clock_.now()),
                            "entry " + stretch.upto + " cannot be decoded: " + stretch.why_not});
    }
  }
}

move_report queue_mover::append(ledger::append_batch batch, std::size_t behind) {
  const monotonic began = clock_.monotonic_now();
  append_outcome outcome = ledger_.append(coupon_, batch);
  if (outcome == append_outcome::refused) {
    coordination::bisected_batch sorted = coordination::bisect_refused_rows(ledger_, coupon_, batch.rows);
    outcome = sorted.outcome;
    if (outcome == append_outcome::committed) {
      batch.rows = std::move(sorted.rows);
      batch.dead.insert(batch.dead.end(), sorted.dead.begin(), sorted.dead.end());
      outcome = ledger_.append(coupon_, batch);
    }
  }
  switch (outcome) {
    case append_outcome::committed:
      known_->cursor = batch.to;
      return {.outcome = move_outcome::moved,
              .rows = batch.rows.size(),
              .dead_letters = batch.dead.size(),
              .behind = behind,
              .commit_duration = clock_.monotonic_now() - began};
    case append_outcome::busy:
    case append_outcome::moved:
    case append_outcome::refused:  // refused in the end what it took one by one: somebody changed it meanwhile
      forget();
      return {.outcome = move_outcome::again};
    case append_outcome::overtaken:
      forget();
      return {.outcome = move_outcome::overtaken};
    case append_outcome::over_total:
      return doubt(move_outcome::alarm, "the gate has let in more than the ledger's total_quantity allows");
    case append_outcome::conflict:
      return doubt(move_outcome::alarm, "a user or a place of the queue is taken by another record of the ledger");
  }
  return {};
}

void queue_mover::trim(const gate::gate_status& gate) {
  gate_.trim_queue(coupon_, gate.epoch, known_->cursor.last_id, known_->cursor.last_sequence);
}

}  // namespace firstcome::worker
