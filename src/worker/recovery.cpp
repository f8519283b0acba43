#include "worker/recovery.hpp"

#include <algorithm>
#include <unordered_set>

#include "worker/log_chain.hpp"

namespace firstcome::worker {

namespace {

constexpr int attempts_max = 4;
constexpr int looks_at_another = 5;
constexpr std::chrono::milliseconds between_looks{40};
constexpr std::size_t entries_per_read = 200;
constexpr std::size_t users_per_load = 1000;
constexpr std::size_t rows_per_insert = 1000;

/// Brings the ledger's configuration past the gate's, when the gate is ahead or between the two halves of a lowering:
/// only then, for a version that rises at each attempt rises for ever. A gate that is ahead means that the ledger went
/// back: it is the gate's configuration by which users were let in. True: `row` was changed.
bool renumber(coupon& row, const gate::gate_status& seen, timestamp now) {
  const gate::gate_config& at_gate = seen.config;
  const bool gate_is_ahead = at_gate.config_version > row.config_version;
  if (!gate_is_ahead && !(at_gate.config_version == row.config_version && seen.lowering)) return false;
  if (gate_is_ahead) {
    row.total_quantity = at_gate.total_quantity;
    row.window = at_gate.window;
    row.paused = at_gate.paused;
  }
  row.config_version = next_number(at_gate.config_version, now);
  return true;
}

bool same_configuration(const coupon& row, const gate::gate_status& seen) {
  return !seen.lowering && seen.config.config_version == row.config_version;
}

/// A dead letter whose user is unknown keeps its place: a user that nobody can be stands there.
user_id placeholder(sequence_number sequence) {
  return user_id{-std::int64_t{sequence}};
}

gate::admitted admitted_of(const issue_record& record) {
  return {.user = raw(record.user) == 0 ? placeholder(record.sequence) : record.user,
          .sequence = record.sequence,
          .admitted_at = to_whole_milliseconds(record.date_issued)};
}

}  // namespace

recovery::recovery(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with)
    : gate_(gate), ledger_(ledger), with_(std::move(with)) {}

std::int64_t next_number(std::int64_t before, timestamp now) {
  return std::max(before + 1, to_microseconds(now) / 1000);
}

care recovery::make_ready(coupon_id coupon, bool suspicious) {
  notes_ = {};
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const result<firstcome::coupon> row = ledger_.find_coupon(coupon);
    if (!row) return row.error() == errc::coupon_not_found ? care::no_coupon : care::not_now;
    const std::optional<gate::gate_status> seen = gate_.status(coupon);
    const bool retired = seen && seen->retired && seen->epoch == row->epoch;
    if (retired && !suspicious) return care::ready;
    const bool looks_well = seen && seen->confirmed() && seen->epoch == row->epoch && same_configuration(*row, *seen);
    if (looks_well && !suspicious) return care::ready;
    if (seen && seen->open) {
      const step made = confirm(coupon);
      if (made == step::done) {
        suspicious = false;
        continue;
      }
      if (made == step::superseded) return care::not_now;
    } else if (seen && !retired && seen->epoch == row->epoch && wait_for_another(coupon, row->epoch)) {
      continue;
    }
    const care made = rebuild(coupon);
    if (made != care::ready) return made;
    suspicious = false;
  }
  return care::not_now;
}

/// True: the attempt that closed the gate has gone on. So that two do not fence each other for long, who finds a closed
/// gate waits a moment, each for a different time.
bool recovery::wait_for_another(coupon_id coupon, epoch_number epoch) {
  for (int look = 0; look < looks_at_another; ++look) {
    with_.pause(std::chrono::duration_cast<std::chrono::milliseconds>(between_looks * (1 + with_.random())));
    const std::optional<gate::gate_status> seen = gate_.status(coupon);
    if (!seen || seen->epoch != epoch || seen->open) return true;
  }
  return false;
}

// The ledger first: from its commit on, no batch that was read from another lineage commits. Only then the stamp.
recovery::step recovery::confirm(coupon_id coupon) {
  auto locked = ledger_.lock(coupon, with_.lock_patience);
  if (!locked) return step::superseded;
  ledger::coupon_lock& held = **locked;
  const std::optional<gate::gate_status> seen = gate_.status(coupon);
  if (!seen || !may_be_confirmed(coupon, held.cursor(), held.row(), *seen)) return step::must_rebuild;
  ledger::log_cursor cursor = held.cursor();
  firstcome::coupon row = held.row();
  cursor.run_id = seen->serving_run_id;
  held.set_cursor(cursor);
  if (renumber(row, *seen, with_.now())) held.store(row, row.date_updated);
  held.commit();
  locked = errc::unavailable;  // the locks are free from here
  if (!gate_.confirm(coupon, row.epoch, cursor.run_id, gate::config_of(row))) return step::superseded;
  notes_.confirmed = true;
  notes_.epoch = row.epoch;
  return step::done;
}

bool recovery::may_be_confirmed(coupon_id coupon, const ledger::log_cursor& cursor, const firstcome::coupon& row,
                                const gate::gate_status& seen) {
  if (!seen.open || seen.epoch != row.epoch || cursor.epoch != row.epoch) return false;
  // Of the lineage that the ledger follows, or already taken over by a confirm that died before its stamp.
  if (seen.run_id != cursor.run_id && cursor.run_id != seen.serving_run_id) return false;
  return seen.size >= cursor.last_sequence && log_reaches_size(coupon, cursor);
}

/// The log continues the ledger without a gap, up to everybody who is in. Others may be let in meanwhile, by a gate
/// that is confirmed already.
bool recovery::log_reaches_size(coupon_id coupon, const ledger::log_cursor& cursor) {
  queue::log_position at = cursor.last_id;
  sequence_number last = cursor.last_sequence;
  for (;;) {
    const std::optional<gate::log_view> view = gate_.read_log(coupon, at, entries_per_read);
    if (!view) return false;
    if (view->entries.empty()) return view->gate.size == last;
    if (!chains(view->entries, last)) return false;
    for (const queue::log_entry& entry : view->entries) last = entry.what ? entry.what->last() : last;
    if (!view->entries.back().what) return view->gate.size > last;  // its users are recovered by who moves the log
    at = view->entries.back().at;
  }
}

care recovery::rebuild(coupon_id coupon) {
  // 1. A number of its own. From here no batch of an older epoch commits.
  epoch_number epoch = 0;
  {
    auto locked = ledger_.lock(coupon, with_.lock_patience);
    if (!locked) return locked.error() == errc::coupon_not_found ? care::no_coupon : care::not_now;
    ledger::coupon_lock& held = **locked;
    const std::optional<gate::gate_status> seen = gate_.status(coupon);
    firstcome::coupon row = held.row();
    ledger::log_cursor cursor = held.cursor();
    epoch = next_number(std::max({row.epoch, cursor.epoch, seen ? seen->epoch : 0}), with_.now());
    row.epoch = cursor.epoch = epoch;
    cursor.last_id = queue::log_start;
    held.store(row, row.date_updated);
    held.set_cursor(cursor);
    held.commit();
  }
  // 2. From here nothing is admitted.
  const std::optional<gate::fenced> fence = gate_.fence(coupon, epoch);
  if (!fence) return care::not_now;
  // 3. What survives and is not in the ledger yet.
  if (!drain(coupon, epoch, *fence)) return care::not_now;
  // 4. Everybody whom the ledger knows.
  const std::optional<sequence_number> loaded = load(coupon, epoch, fence->run_id);
  if (!loaded) return care::not_now;
  // 5. Open.
  const result<firstcome::coupon> row = ledger_.find_coupon(coupon);
  const std::optional<ledger::log_cursor> cursor = ledger_.cursor_of(coupon);
  if (!row || !cursor || row->epoch != epoch || cursor->epoch != epoch) return care::not_now;
  if (cursor->last_sequence != *loaded) return care::hopeless;
  if (!gate_.open(coupon, epoch, fence->run_id, gate::config_of(*row), *loaded)) return care::not_now;
  // 6. Tidy up.
  if (fence->source != 0) gate_.drop(coupon, fence->source);
  notes_.rebuilt = true;
  notes_.epoch = epoch;
  notes_.loaded = *loaded;
  return care::ready;
}

/// Whoever continues the ledger's sequences without a gap is added, in order. At the first who does not fit it stops:
/// what is left comes from a lineage that a fail-over lost, and is never given another place.
bool recovery::drain(coupon_id coupon, epoch_number epoch, const gate::fenced& fence) {
  std::vector<gate::admitted> users;
  if (fence.source != 0)
    gate_.each_admitted(coupon, fence.source, [&](const gate::admitted& one) { users.push_back(one); });
  std::ranges::sort(users, {}, &gate::admitted::sequence);
  const auto repeated = std::ranges::unique(users, {}, &gate::admitted::sequence);  // SCAN may say one twice
  users.erase(repeated.begin(), repeated.end());
  const std::optional<gate::gate_status> seen = gate_.status(coupon);

  auto locked = ledger_.lock(coupon, with_.lock_patience);
  if (!locked) return false;
  ledger::coupon_lock& held = **locked;
  ledger::log_cursor cursor = held.cursor();
  firstcome::coupon row = held.row();
  if (cursor.epoch != epoch || row.epoch != epoch) return false;

  const bool renumbered = seen && renumber(row, *seen, with_.now());

  const auto fresh = std::ranges::upper_bound(users, cursor.last_sequence, {}, &gate::admitted::sequence);
  std::unordered_set<std::int64_t> known;
  if (fresh != users.end())
    ledger_.each_admitted(coupon, [&](const issue_record& record) { known.insert(raw(record.user)); });
  std::vector<ledger::new_issue> rows;
  for (auto user = fresh; user != users.end(); ++user) {
    const sequence_number next = cursor.last_sequence + 1;
    const bool fits = user->sequence == next && raw(user->user) >= id_min && !known.contains(raw(user->user)) &&
                      (!row.total_quantity || next <= *row.total_quantity);
    if (!fits) {
      notes_.left_over = static_cast<sequence_number>(users.end() - user);
      break;
    }
    known.insert(raw(user->user));
    rows.push_back({coupon, user->user, next, user->admitted_at});
    cursor.last_sequence = next;
  }
  if (renumbered) held.store(row, row.date_updated);  // first: the total that the rows are judged by
  for (std::size_t at = 0; at < rows.size(); at += rows_per_insert) {
    const auto part = std::span(rows).subspan(at, std::min(rows_per_insert, rows.size() - at));
    if (held.append(part, {}) != ledger::append_outcome::committed) return false;
  }
  notes_.drained = static_cast<sequence_number>(rows.size());
  cursor.run_id = fence.run_id;
  held.set_cursor(cursor);
  held.commit();
  return true;
}

/// How many were loaded; nothing: the gate is not this attempt's any more.
std::optional<sequence_number> recovery::load(coupon_id coupon, epoch_number epoch, const std::string& run_id) {
  std::vector<gate::admitted> all;
  ledger_.each_admitted(coupon, [&](const issue_record& record) { all.push_back(admitted_of(record)); });
  for (std::size_t at = 0; at < all.size(); at += users_per_load) {
    const auto part = std::span(all).subspan(at, std::min(users_per_load, all.size() - at));
    if (!gate_.load(coupon, epoch, run_id, part)) return std::nullopt;
    if (with_.on_progress)
      with_.on_progress(coupon, static_cast<sequence_number>(at + part.size()),
                        static_cast<sequence_number>(all.size()));
  }
  return static_cast<sequence_number>(all.size());
}

}  // namespace firstcome::worker
