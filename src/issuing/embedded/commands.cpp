#include "issuing/embedded/commands.hpp"

namespace firstcome::issuing {

result<coupon> apply_create(const coupon_draft& draft, timestamp now, ledger::writer& ledger, gate::gate_table& gates) {
  if (why_invalid(draft)) return errc::invalid_coupon;
  result<coupon> created = ledger.create(draft, now);
  if (created) gates.add(*created);
  return created;
}

result<coupon> apply_change(coupon_id id, const coupon_change& change, timestamp now, ledger::writer& ledger,
                            gate::gate_table& gates) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  const coupon before = gate->coupon();
  if (change.empty()) return before;
  coupon changed = with_change(before, change);
  if (why_invalid(changed)) return errc::invalid_coupon;
  if (changed.total_quantity && *changed.total_quantity < before.issued_quantity) return errc::quantity_below_issued;
  changed.config_version = before.config_version + 1;
  result<coupon> stored = ledger.store(changed, now);
  if (stored) gate->configure(*stored);
  return stored;
}

result<issue_record> apply_use(coupon_id id, user_id user, std::int32_t order_amount, timestamp now,
                               ledger::writer& ledger, gate::gate_table& gates) {
  gate::gate* gate = gates.find(id);
  if (gate == nullptr) return errc::coupon_not_found;
  const std::optional<issue_record> record = gate->find(user);
  if (!record) return errc::issue_not_found;
  if (record->date_used) return errc::already_used;
  if (order_amount < gate->coupon().min_available_amount) return errc::below_minimum;
  result<issue_record> used = ledger.set_used(id, user, now);
  if (used) gate->set_used(user, used->date_used.value());
  return used;
}

}  // namespace firstcome::issuing
