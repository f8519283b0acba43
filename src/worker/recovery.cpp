#include "worker/recovery.hpp"

#include "worker/gate_rebuild.hpp"
#include "worker/renumbering.hpp"

namespace firstcome::worker {

recovery::recovery(gate::shared_gate& gate, ledger::shared_ledger& ledger, pace& time, recovery_options options,
                   progress_hook on_progress)
    : gate_(gate), ledger_(ledger), time_(time), options_(options), on_progress_(std::move(on_progress)) {}

care_report recovery::ensure_ready(coupon_id coupon) {
  const std::optional<ledger::log_cursor> cursor = ledger_.cursor_of(coupon);
  if (!cursor) return {.outcome = care_outcome::no_coupon};
  const result<firstcome::coupon> row = ledger_.find_coupon(coupon);
  if (!row) return {.outcome = care_outcome::no_coupon};

  const gate_look look = look_at(gate_, coupon, *cursor, row->config_version);
  if (!look.unfit) return {};
  const bool closed = look.status && !look.status->open && !look.status->retired;
  if (closed && somebody_is_rebuilding(coupon, *look.status))
    return {.outcome = care_outcome::busy, .why = *look.unfit};
  return act(coupon);
}

/// Two who rebuild at once fence each other; so whoever finds the gate closed watches it first.
bool recovery::somebody_is_rebuilding(coupon_id coupon, const gate::gate_status& seen) {
  const std::optional<ledger::log_cursor> before = ledger_.cursor_of(coupon);
  const auto users = before ? before->last_sequence : 0;
  time_.sleep(time_.jittered(options_.stillness + options_.stillness_per_million_users * users / 1'000'000));
  const std::optional<gate::gate_status> now = gate_.status(coupon);
  const bool gate_moved = !now || now->open || now->epoch != seen.epoch || now->size != seen.size;
  return gate_moved || ledger_.cursor_of(coupon) != before;
}

care_report recovery::act(coupon_id coupon) {
  auto lock = ledger_.lock(coupon, options_.patience);
  if (!lock && lock.error() == errc::coupon_not_found) return {.outcome = care_outcome::no_coupon};
  if (!lock) return {.outcome = care_outcome::busy, .why = "the coupon's lock is held"};

  const ledger::log_cursor cursor = (*lock)->cursor();
  const gate_look look = look_at(gate_, coupon, cursor, (*lock)->row().config_version);
  if (!look.unfit) return {};
  if (look.confirmable(cursor)) return confirm(coupon, std::move(*lock), look);
  gate_rebuild attempt(gate_, ledger_, time_, options_, on_progress_, coupon);
  return attempt.run(std::move(*lock), *look.unfit, {});
}

/// The ledger first: from its commit on, batches that were read from another Redis are void. Only then the gate, and
/// not before the last lease that the other Redis granted has ended.
care_report recovery::confirm(coupon_id coupon, std::unique_ptr<ledger::coupon_lock> lock, const gate_look& look) {
  const std::string& run_id = look.status->serving_run_id;
  const timestamp now = time_.now();
  ledger::log_cursor cursor = lock->cursor();
  const firstcome::coupon row = renumbered(lock->row(), *look.status, cursor.last_sequence, now);
  if (row.config_version != lock->row().config_version) lock->store(row, now);
  if (cursor.run_id != run_id) {
    cursor.run_id = run_id;
    lock->set_cursor(cursor);
  }
  lock->commit();
  lock.reset();
  const bool may_have_forgotten = !look.status->confirmed();
  if (may_have_forgotten && look.status->size < row.total_quantity.value_or(quantity_max))
    time_.sleep(announcement_lead);
  if (!gate_.confirm(coupon, cursor.epoch, run_id, gate::config_of(row)))
    return {.outcome = care_outcome::busy, .why = "the gate changed while it was confirmed"};
  return {.outcome = care_outcome::confirmed, .why = *look.unfit};
}

care_report recovery::rebuild(coupon_id coupon, const std::function<void()>& before_load) {
  auto lock = ledger_.lock(coupon, options_.patience);
  if (!lock && lock.error() == errc::coupon_not_found) return {.outcome = care_outcome::no_coupon};
  if (!lock) return {.outcome = care_outcome::busy, .why = "the coupon's lock is held"};
  gate_rebuild attempt(gate_, ledger_, time_, options_, on_progress_, coupon);
  return attempt.run(std::move(*lock), "asked for", before_load);
}

}  // namespace firstcome::worker
