#include "issuing/embedded/commands.hpp"

namespace firstcome::issuing {

result<coupon> apply_create(const coupon_draft& draft, timestamp now, ledger::writer& ledger, gate::gate_table& gates,
                            const actor& by, const std::optional<idempotency_key>& key) {
  if (why_invalid(draft)) return errc::invalid_coupon;
  result<coupon> created = ledger.create(draft, now, by, key);
  if (!created) return created;
  if (const gate::gate* known = gates.find(created->id)) return known->coupon();  // the key came before
  gates.add(*created);
  return created;
}

result<coupon> apply_change(coupon_id id, const coupon_change& change, timestamp now, ledger::writer& ledger,
                            gate::gate_table& gates, const actor& by) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  const coupon before = gate->coupon();
  if (change.empty()) return before;
  coupon changed = with_change(before, change);
  if (same_settings(before, changed)) return before;
  if (why_invalid(changed)) return errc::invalid_coupon;
  if (changed.total_quantity && *changed.total_quantity < before.issued_quantity + before.gone_quantity)
    return errc::quantity_below_issued;
  changed.config_version = before.config_version + 1;
  result<coupon> stored = ledger.store(changed, now, by);
  if (stored) gate->configure(*stored);
  return stored;
}

result<issue_record> apply_step(coupon_id id, user_id user, const issue_step& step, timestamp now,
                                ledger::writer& ledger, gate::gate_table& gates, const actor& by) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  if (!gate->find(user)) return errc::issue_not_found;
  result<issue_record> taken = ledger.take_step(id, user, step, now, by);
  if (taken) gate->note_step(*taken);
  return taken;
}

}  // namespace firstcome::issuing
