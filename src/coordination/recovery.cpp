#include "coordination/recovery.hpp"

#include "coordination/config_version_bump.hpp"
#include "coordination/gate_rebuild.hpp"

namespace firstcome::coordination {
namespace {

/// A gate is made fit for all who ask it: a rebuild that is cut short because the one who began it gave up would leave
/// them a gate that is closed.
struct begun_for_everybody {
  begun_for_everybody(gate::shared_gate& gate, ledger::shared_ledger& ledger) : in_gate(gate), in_ledger(ledger) {}
  runtime::without_deadline in_gate;
  runtime::without_deadline in_ledger;
};

/// Whoever was first at another node of the database's cluster does what this one wanted to do, or left it undone.
recovery_report overtaken(const ledger::transaction_conflict& why) {
  return {.outcome = recovery_outcome::busy, .why = why.what()};
}

}  // namespace

recovery::recovery(gate::shared_gate& gate, ledger::shared_ledger& ledger, sleeping_clock& time,
                   recovery_options options, progress_hook on_progress)
    : gate_(gate), ledger_(ledger), time_(time), options_(std::move(options)), on_progress_(std::move(on_progress)) {}

recovery_report recovery::ensure_ready(coupon_id coupon) {
  using std::chrono::milliseconds;
  constexpr milliseconds between_looks{100};
  const runtime::deadline until =
      earlier(runtime::deadline::after(ensure_wait_max, time_.monotonic_now()), ledger_.until());
  for (;;) {
    recovery_report report = look_after(coupon);
    if (report.outcome != recovery_outcome::watching) return report;
    report.outcome = recovery_outcome::busy;
    const monotonic now = time_.monotonic_now();
    if (until.passed(now)) return report;
    time_.sleep(std::min({report.again_in, between_looks, ledger_.until().left(now)}));
  }
}

recovery_report recovery::look_after(coupon_id coupon) {
  const std::optional<ledger::queue_cursor> cursor = ledger_.cursor_of(coupon);
  if (!cursor) return {.outcome = recovery_outcome::no_coupon};
  const result<firstcome::coupon> row = ledger_.find_coupon(coupon);
  if (!row) return {.outcome = recovery_outcome::no_coupon};

  const gate_look look = look_at(gate_, coupon, *cursor, row->config_version);
  if (!look.unfit) {
    options_.watch->forget(coupon);
    return {};
  }
  if (auto wait = still_watching(watch(coupon, look, *cursor, *row), look)) return *std::move(wait);
  return act(coupon);
}

recovery::observation recovery::watch(coupon_id coupon, const gate_look& look, const ledger::queue_cursor& cursor,
                                      const firstcome::coupon& row) {
  using std::chrono::milliseconds;
  const monotonic now = time_.monotonic_now();
  if (look.status && look.status->confirmed()) {  // it lets users in: there is nothing to wait for
    options_.watch->forget(coupon);
    return {now, milliseconds(0)};
  }
  const monotonic since = options_.watch->since(coupon, {look.status, cursor}, now);
  const bool closed = look.status && !look.status->open && !look.status->retired;
  if (closed)
    return {since, options_.quiet_period + options_.quiet_period_per_million_users * cursor.last_sequence / 1'000'000};
  const bool is_new = cursor.epoch == 0;
  const sequence_number known = std::max(cursor.last_sequence, look.status ? look.status->size : 0);
  const bool has_room = known < row.sequence_limit().value_or(quantity_max);
  return {since, is_new || !has_room ? milliseconds(0) : announcement_lead};
}

std::optional<recovery_report> recovery::still_watching(const observation& of, const gate_look& look) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(of.since + of.length - time_.monotonic_now());
  if (left <= milliseconds(0)) return std::nullopt;
  return recovery_report{.outcome = recovery_outcome::watching, .why = *look.unfit, .again_in = left};
}

/// What was found is looked at again under the lock; if it is not the same, the watch begins anew.
recovery_report recovery::act(coupon_id coupon) try {
  auto lock = ledger_.lock(coupon, runtime::deadline::after(options_.lock_wait_max, time_.monotonic_now()));
  if (!lock && lock.error() == errc::coupon_not_found) return {.outcome = recovery_outcome::no_coupon};
  if (!lock) return {.outcome = recovery_outcome::busy, .why = "the coupon's lock is held"};
  const begun_for_everybody from_here_on(gate_, ledger_);

  const ledger::queue_cursor cursor = (*lock)->cursor();
  const gate_look look = look_at(gate_, coupon, cursor, (*lock)->row().config_version);
  if (!look.unfit) return {};
  const observation held = watch(coupon, look, cursor, (*lock)->row());
  if (auto wait = still_watching(held, look)) return *std::move(wait);
  if (look.confirmable(cursor, (*lock)->row().config_version)) return confirm(coupon, std::move(*lock), look);
  gate_rebuild attempt(gate_, ledger_, time_, options_, on_progress_, coupon);
  return attempt.run(std::move(*lock), *look.unfit, held.since, {});
} catch (const ledger::transaction_conflict& why) {
  return overtaken(why);
}

/// A Redis that went back may have forgotten who returned what they had, and would tell them the old yes. False: the
/// gate has changed.
bool recovery::mark_returns_in_gate(const firstcome::coupon& row, epoch_number epoch) {
  if (row.returned_quantity + row.gone_quantity == 0) return true;
  std::vector<user_id> users;
  bool mine = true;
  const auto flush = [&] {
    mine = mine && (users.empty() || gate_.mark_returned(row.id, epoch, users) != gate::change_outcome::not_this_gate);
    users.clear();
  };
  ledger_.each_admitted(row.id, [&](const issue_record& record) {
    if (!record.date_returned || raw(record.user) < id_min) return;
    users.push_back(record.user);
    if (users.size() == options_.users_per_load) flush();
  });
  flush();
  return mine;
}

/// The ledger first: from its commit on, batches that were read from another Redis are void. Only then the gate.
recovery_report recovery::confirm(coupon_id coupon, std::unique_ptr<ledger::coupon_lock> lock, const gate_look& look) {
  const std::string& run_id = look.status->serving_run_id;
  const timestamp now = time_.now();
  ledger::queue_cursor cursor = lock->cursor();
  if (!mark_returns_in_gate(lock->row(), cursor.epoch))
    return {.outcome = recovery_outcome::busy, .why = "the gate changed before it was confirmed"};
  const firstcome::coupon row = with_version_bumped(lock->row(), *look.status, cursor.last_sequence, now);
  if (row.config_version != lock->row().config_version) lock->store(row, now);
  if (cursor.run_id != run_id) {
    cursor.run_id = run_id;
    lock->set_cursor(cursor);
  }
  lock->commit();
  lock.reset();
  if (!gate_.confirm(coupon, cursor.epoch, run_id, gate::config_of(row)))
    return {.outcome = recovery_outcome::busy, .why = "the gate changed while it was confirmed"};
  return {.outcome = recovery_outcome::confirmed, .why = *look.unfit};
}

recovery_report recovery::rebuild(coupon_id coupon, const std::function<void()>& before_load) try {
  auto lock = ledger_.lock(coupon, runtime::deadline::after(options_.lock_wait_max, time_.monotonic_now()));
  if (!lock && lock.error() == errc::coupon_not_found) return {.outcome = recovery_outcome::no_coupon};
  if (!lock) return {.outcome = recovery_outcome::busy, .why = "the coupon's lock is held"};
  const begun_for_everybody from_here_on(gate_, ledger_);
  gate_rebuild attempt(gate_, ledger_, time_, options_, on_progress_, coupon);
  return attempt.run(std::move(*lock), "asked for", time_.monotonic_now(), before_load);
} catch (const ledger::transaction_conflict& why) {
  return overtaken(why);
}

}  // namespace firstcome::coordination
