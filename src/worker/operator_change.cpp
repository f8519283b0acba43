#include "worker/operator_change.hpp"

namespace firstcome::worker {

namespace {

constexpr int attempts_max = 3;

constexpr std::int64_t places(std::optional<std::int32_t> total) {
  return total ? *total : std::numeric_limits<std::int64_t>::max();
}

/// "Sold out" may become untrue.
bool gives_places(const coupon& before, const coupon& after) {
  return places(after.total_quantity) > places(before.total_quantity);
}
bool takes_places(const coupon& before, const coupon& after) {
  return places(after.total_quantity) < places(before.total_quantity);
}

}  // namespace

operator_change::operator_change(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with)
    : gate_(gate), ledger_(ledger), with_(std::move(with)), recovery_(gate, ledger, with_.recovering) {}

result<coupon> operator_change::create(const coupon_draft& draft, timestamp now) {
  if (why_invalid(draft)) return errc::invalid_coupon;
  result<coupon> created = ledger_.create(draft, now);
  if (!created) return created;
  try {
    recovery_.make_ready(created->id);
  } catch (const store_unavailable&) {
    // The coupon is there. Who creates it again because of an error here would have two.
  }
  return created;
}

result<coupon> operator_change::change(coupon_id id, const coupon_change& change, timestamp now) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const care found = recovery_.make_ready(id);
    if (found == care::no_coupon) return errc::coupon_not_found;
    if (found != care::ready) return errc::unavailable;
    bool gate_refused = false;
    result<coupon> changed = change_once(id, change, now, gate_refused);
    if (!gate_refused) return changed;
  }
  return errc::unavailable;
}

// The lock is held from the first look to the commit: a confirm in between would open the gate with the old total.
result<coupon> operator_change::change_once(coupon_id id, const coupon_change& change, timestamp now,
                                            bool& gate_refused) {
  auto locked = ledger_.lock(id, with_.recovering.lock_patience);
  if (!locked) return locked.error();
  ledger::coupon_lock& held = **locked;
  const coupon before = held.row();
  if (change.empty()) return before;
  coupon after = with_change(before, change);
  if (why_invalid(after)) return errc::invalid_coupon;
  if (after.total_quantity && *after.total_quantity < before.issued_quantity) return errc::quantity_below_issued;
  after.config_version = next_number(before.config_version, now);
  after.date_updated = now;

  const std::optional<gate::gate_status> seen = gate_.status(id);
  if (seen && seen->config.config_version != before.config_version) {  // changed since it was made ready
    gate_refused = true;
    return errc::unavailable;
  }
  const bool retired = seen && seen->retired;
  result<coupon> refusal = errc::unavailable;
  if (!retired && takes_places(before, after) && !lower_gate(before, after, refusal)) {
    gate_refused = refusal.error() == errc::unavailable;
    return refusal;
  }
  held.store(after, now);
  held.commit();
  locked = errc::unavailable;  // the locks are free from here

  try {
    if (retired) {
      recovery_.make_ready(id, true);
      return after;
    }
    if (gives_places(before, after)) {
      gate_.announce(id, after.epoch, after.config_version);
      with_.recovering.pause(with_.cut_off_lease);
    }
    gate_.configure(id, after.epoch, gate::config_of(after));
  } catch (const store_unavailable&) {
    // It is in the ledger, and so it is done: whoever looks next takes it to the gate.
  }
  return after;
}

bool operator_change::lower_gate(const coupon& before, const coupon& after, result<coupon>& refusal) {
  using enum gate::change_outcome;
  switch (gate_.lower(before.id, before.epoch, before.config_version, *after.total_quantity)) {
    case done:
      return true;
    case below_admitted:
      refusal = errc::quantity_below_issued;
      return false;
    case not_this_gate:
    case not_newer:
      refusal = errc::unavailable;  // to be confirmed, or healed, first
      return false;
  }
  return false;
}

}  // namespace firstcome::worker
