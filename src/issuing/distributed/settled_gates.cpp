#include "issuing/distributed/settled_gates.hpp"

namespace firstcome::issuing {

namespace {
/// A gate follows its row within seconds; who is being let in at the last instant is in it.
constexpr std::chrono::minutes gate_follows_within{1};
}  // namespace

bool settled_gates::is_settled(const coupon& row, const gate::gate_count& gate, timestamp now) {
  if (gate.retired) return true;
  const timestamp last_change = std::max(row.window.end, row.date_updated);
  return gate.size == row.sequences() && last_change + gate_follows_within < now;
}

std::vector<bool> settled_gates::known(std::span<const coupon> rows) const {
  std::vector<bool> all;
  all.reserve(rows.size());
  const std::lock_guard locked(lock_);
  for (const coupon& row : rows) {
    const auto found = coupons_.find(raw(row.id));
    all.push_back(found != coupons_.end() && found->second == seen_of(row));
  }
  return all;
}

void settled_gates::remember(std::span<const coupon* const> settled) {
  const std::lock_guard locked(lock_);
  for (const coupon* const row : settled) {
    if (coupons_.size() >= max_) coupons_.clear();
    coupons_[raw(row->id)] = seen_of(*row);
  }
}

}  // namespace firstcome::issuing
