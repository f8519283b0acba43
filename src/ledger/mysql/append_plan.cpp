#include "ledger/mysql/append_plan.hpp"

#include <algorithm>
#include <unordered_map>

namespace firstcome::ledger {
namespace {

enum class standing { free, same, taken };

class places {
 public:
  explicit places(std::span<const taken_place> taken) {
    for (const taken_place& place : taken) {
      by_sequence_[place.sequence] = place.user;
      if (place.user) by_user_[*place.user] = place.sequence;
    }
  }

  standing of(sequence_number sequence, const std::optional<user_id>& user) const {
    const auto here = by_sequence_.find(sequence);
    if (user) {
      const auto elsewhere = by_user_.find(*user);
      if (elsewhere != by_user_.end()) return elsewhere->second == sequence ? standing::same : standing::taken;
    }
    if (here == by_sequence_.end()) return standing::free;
    // Only a place whose user one of the two does not know can still be the same.
    return user && here->second ? standing::taken : standing::same;
  }

 private:
  std::unordered_map<sequence_number, std::optional<user_id>> by_sequence_;
  std::unordered_map<user_id, sequence_number> by_user_;
};

}  // namespace

std::optional<append_plan> plan_append(std::span<const new_issue> rows, std::span<const dead_letter> dead,
                                       std::span<const taken_place> taken) {
  const places there(taken);
  append_plan plan;
  for (const new_issue& row : rows) {
    const standing s = there.of(row.sequence, row.user);
    if (s == standing::taken) return std::nullopt;
    if (s == standing::free) plan.rows.push_back(row);
  }
  for (const dead_letter& letter : dead) {
    const standing s = there.of(letter.sequence, letter.user);
    if (s == standing::taken) return std::nullopt;
    if (s == standing::free) plan.dead.push_back(letter);
  }
  return plan;
}

bool is_dense(coupon_id coupon, const append_batch& batch) {
  const std::int64_t count = std::int64_t{batch.to.last_sequence} - batch.from.last_sequence;
  if (count != static_cast<std::int64_t>(batch.rows.size() + batch.dead.size())) return false;
  std::vector<bool> filled(static_cast<std::size_t>(count), false);
  const auto fills = [&](const auto& place) {
    const std::int64_t at = std::int64_t{place.sequence} - batch.from.last_sequence - 1;
    if (place.coupon != coupon || at < 0 || at >= count || filled[at]) return false;
    return static_cast<bool>(filled[at] = true);
  };
  return std::all_of(batch.rows.begin(), batch.rows.end(), fills) &&
         std::all_of(batch.dead.begin(), batch.dead.end(), fills);
}

sequence_number last_sequence_of(std::span<const new_issue> rows, std::span<const dead_letter> dead) {
  sequence_number last = 0;
  for (const new_issue& row : rows) last = std::max(last, row.sequence);
  for (const dead_letter& letter : dead) last = std::max(last, letter.sequence);
  return last;
}

}  // namespace firstcome::ledger
