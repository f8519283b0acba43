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

std::vector<result<issue_record>> apply_steps(std::span<const ledger::step_request> requests, ledger::writer& ledger,
                                              gate::gate_table& gates) {
  std::vector<result<issue_record>> answers(requests.size(), errc::issue_not_found);
  std::vector<ledger::step_request> possible;
  std::vector<std::size_t> places;
  for (std::size_t n = 0; n < requests.size(); ++n) {
    const gate::gate* gate = gates.find(requests[n].coupon);
    if (gate == nullptr) {
      answers[n] = errc::coupon_not_found;
    } else if (gate->find(requests[n].user)) {
      possible.push_back(requests[n]);
      places.push_back(n);
    }
  }
  if (possible.empty()) return answers;
  const std::vector<result<issue_record>> taken = ledger.take_steps(possible);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    answers[places[i]] = taken[i];
    if (taken[i]) gates.find(possible[i].coupon)->note_step(*taken[i]);
  }
  return answers;
}

}  // namespace firstcome::issuing
