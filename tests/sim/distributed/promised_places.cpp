#include "sim/distributed/promised_places.hpp"

namespace firstcome::sim {

using std::to_string;

void promised_places::note(user_id who, sequence_number sequence, instant asked_at) {
  look();
  if (contradicted_ || (!losses_.empty() && asked_at <= losses_.back().to)) {
    const auto kept = what_survives().places;
    const auto place = kept.find(sequence);
    if (contradicted_ || place == kept.end() || place->second != who) {
      bereft_.insert(who);
      return;
    }
  }
  promised_[who] = sequence;
}

/// What is in the ledger, and what the last open gate has past it, as far as the two are of one history.
promised_places::survivors promised_places::what_survives() const {
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  survivors kept;
  std::set<user_id> placed;
  const auto keep = [&](sequence_number sequence, user_id user) {
    kept.places[sequence] = user;
    placed.insert(user);
  };
  for (const auto& [sequence, issue] : rows.issues) keep(sequence, issue.record.user);
  for (const auto& [id, letter] : rows.dead_letters) keep(letter.sequence, letter.user.value_or(user_id{}));
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  if (meta == nullptr) return kept;
  const bool is_over =
      meta->state == "retired" || (meta->state == "closed" && meta->retired && !meta->source.value_or(0));
  if (is_over) return kept;  // all of it is in the ledger
  const auto& users = servers_.gates.coupons.at(coupon_).users;
  const auto in_gate = users.find(meta->state == "closed" ? meta->source.value_or(0) : meta->epoch);
  std::map<sequence_number, user_id> gate;
  if (in_gate != users.end())
    for (const auto& [field, record] : in_gate->second) gate[record.sequence] = user_id{field};
  for (const auto& [sequence, user] : kept.places)
    kept.contradiction = kept.contradiction || !gate.contains(sequence) || gate.at(sequence) != user;
  for (sequence_number next = 1; gate.contains(next); ++next) {
    const auto place = kept.places.find(next);
    if (place == kept.places.end() ? placed.contains(gate.at(next)) : place->second != gate.at(next)) break;
    keep(next, gate.at(next));
  }
  return kept;
}

void promised_places::lost() {
  look();
  losses_.push_back({time_.now(), time_.now()});
  const survivors kept = what_survives();
  std::erase_if(promised_, [&](const auto& one) {
    const auto place = kept.places.find(one.second);
    if (place != kept.places.end() && place->second == one.first) return false;
    bereft_.insert(one.first);
    return true;
  });
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  if (kept.contradiction && meta != nullptr) contradicted_ = meta->epoch;
}

void promised_places::look() {
  if (!contradicted_) return;
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  losses_.back().to = time_.now();
  if (meta == nullptr || meta->epoch != *contradicted_) contradicted_.reset();
}

std::vector<std::string> promised_places::not_kept(const testing::sim_coupon_rows& rows) const {
  std::vector<std::string> broken;
  for (const auto& [user, sequence] : promised_) {
    const auto place = rows.places.find(user);
    if (place != rows.places.end() && place->second == sequence) continue;
    broken.push_back("user " + to_string(raw(user)) + " was promised " + to_string(sequence) + " and has " +
                     (place == rows.places.end() ? "nothing" : to_string(place->second)));
  }
  return broken;
}

void promised_places::add_to(auditor::assumptions& to) const {
  for (const loss& one : losses_) to.gate_lost_at.emplace_back(nanoseconds(one.from), nanoseconds(one.to));
  for (const auto& [user, sequence] : promised_)
    if (!bereft_.contains(user)) to.survivors.push_back(raw(user));
}

}  // namespace firstcome::sim
