#include "coordination/operator_change.hpp"

namespace firstcome::coordination {
namespace {

using gate::change_outcome;
using quantity = std::optional<std::int32_t>;

bool raises(const quantity& from, const quantity& to) {
  return from && (!to || *to > *from);
}
bool lowers(const quantity& from, const quantity& to) {
  return to && (!from || *to < *from);
}

}  // namespace

result<coupon> operator_change::create(const coupon_draft& draft, const actor& by,
                                       const std::optional<idempotency_key>& key) {
  if (why_invalid(draft)) return errc::invalid_coupon;
  const result<coupon> row = ledger_.create(draft, time_.now(), by, key);
  if (!row) return row;
  // From here the coupon is there. Who heard of an error now would create a second one: whoever asks for it first makes
  // its gate.
  try {
    make_ready(row->id);
    return ledger_.find_coupon(row->id);
  } catch (const store_unavailable&) {
    return row;
  }
}

result<coupon> operator_change::change(coupon_id id, const coupon_change& change, const actor& by) {
  lowered_ = false;
  for (int i = 0; i < attempts_max; ++i) {
    if (attempt done = try_change(id, change, by)) return *done || !lowered_ ? *std::move(done) : errc::unavailable;
    make_ready(id);
  }
  return lowered_ ? errc::unavailable : errc::overloaded;
}

operator_change::attempt operator_change::try_change(coupon_id id, const coupon_change& change, const actor& by) {
  const result<coupon> before = ledger_.find_coupon(id);
  if (!before || change.empty()) return before;
  if (same_settings(*before, with_change(*before, change))) return answer_unchanged(*before);
  if (why_invalid(with_change(*before, change))) return errc::invalid_coupon;
  const bool is_raise = raises(before->total_quantity, with_change(*before, change).total_quantity);
  std::optional<announcement> announced;
  if (is_raise) {
    announced = announce(*before, next_number(before->config_version, time_.now()));
    if (!announced) return std::nullopt;
  }

  return until_not_overtaken(
      overtaken_max, [&] { return change_under_lock(id, change, by, before->config_version, is_raise, announced); });
}

operator_change::attempt operator_change::change_under_lock(coupon_id id, const coupon_change& change, const actor& by,
                                                            std::int64_t version_seen, bool is_raise,
                                                            const std::optional<announcement>& announced) {
  auto lock = ledger_.lock(id, runtime::deadline::after(lock_wait_max, time_.monotonic_now()));
  if (!lock) return attempt(lock.error());
  const coupon row = (*lock)->row();
  const ledger::queue_cursor cursor = (*lock)->cursor();
  if (is_raise && row.config_version != version_seen) return std::nullopt;  // announced in vain
  const std::optional<gate::gate_status> gate = gate_.status(id);
  if (why_unfit(gate, cursor, row.config_version)) return std::nullopt;
  if (announced && !announced->stands_at(*gate)) return std::nullopt;

  coupon changed = with_change(row, change);
  if (same_settings(row, changed)) return row;
  if (why_invalid(changed)) return errc::invalid_coupon;
  if (raises(row.total_quantity, changed.total_quantity) && !is_raise) return std::nullopt;
  if (lowers(row.total_quantity, changed.total_quantity)) {
    if (*changed.sequence_limit() < cursor.last_sequence) return errc::quantity_below_issued;
    // A retired gate lets nobody in.
    const attempt refused = gate->retired ? std::nullopt : lower_gate(row, cursor, *changed.sequence_limit());
    if (refused) return refused->error() == errc::unavailable ? std::nullopt : refused;
  }
  const timestamp now = time_.now();
  changed.config_version = next_number(row.config_version, now);
  (*lock)->store(changed, now, by);
  (*lock)->commit();
  lock->reset();
  configure_gate(changed, cursor.epoch);
  changed.date_updated = now;
  return changed;
}

/// Somebody asks again, perhaps because the answer got lost: whoever made the change may have died before the gate
/// knew.
operator_change::attempt operator_change::answer_unchanged(const coupon& row) {
  const std::optional<gate::gate_status> gate = gate_.status(row.id);
  if (gate && !gate->retired && gate->config.config_version != row.config_version) make_ready(row.id);
  return row;
}

/// Answers when the lease has passed; nothing: the gate is not fit to be told.
std::optional<operator_change::announcement> operator_change::announce(const coupon& row, std::int64_t version) {
  const std::optional<gate::gate_status> gate = gate_.status(row.id);
  if (!gate) return std::nullopt;
  const announcement to{gate->epoch, gate->run_id, version};
  if (gate->retired) return to;  // nobody says "sold out" by it
  if (gate_.announce(row.id, gate->epoch, version) != change_outcome::done) return std::nullopt;
  time_.sleep(std::min(announcement_lead, gate_.until().left(time_.monotonic_now())));
  if (gate_.until().passed(time_.monotonic_now()))  // the last leases have perhaps not ended
    throw runtime::deadline_passed("there was no time left for the nodes to hear of the change");
  return to;
}

/// Nothing: done. unavailable: the gate is not what it was a moment ago.
operator_change::attempt operator_change::lower_gate(const coupon& row, const ledger::queue_cursor& cursor,
                                                     std::int32_t total_quantity) {
  switch (gate_.lower(row.id, cursor.epoch, row.config_version, total_quantity)) {
    case change_outcome::done:
      lowered_ = true;
      return std::nullopt;
    case change_outcome::below_admitted:
      return errc::quantity_below_issued;
    case change_outcome::not_this_gate:
    case change_outcome::not_newer:
      break;
  }
  return errc::unavailable;
}

/// The ledger has it; the answer waits until the gate has it too.
void operator_change::configure_gate(const coupon& row, epoch_number epoch) {
  switch (apply_to_gate([&] { return gate_.configure(row.id, epoch, gate::config_of(row)); })) {
    case change_outcome::done:
    case change_outcome::not_newer:  // somebody saw the difference before
      return;
    case change_outcome::not_this_gate:
    case change_outcome::below_admitted:
      make_ready(row.id);
  }
}

/// Several of us at once wait for the one who does it.
void operator_change::make_ready(coupon_id id) {
  for (int i = 0; i < attempts_max; ++i) {
    const recovery_report report = recovery_.ensure_ready(id);
    if (report.outcome == recovery_outcome::busy) continue;
    if (report.outcome != recovery_outcome::alarm) return;
    throw store_unavailable("the gate cannot be made ready: " + report.why);
  }
  throw store_unavailable("the gate is still being made ready");
}

}  // namespace firstcome::coordination
