#include "auditor/judges.hpp"

// "Sold out" is a lie when fewer users than the smallest total that may have been in force can have been let in by the
// time it was heard; and what was surely returned to the pool before somebody asked is no longer gone.

namespace firstcome::auditor {
namespace {

std::int64_t how_many_by(const std::vector<instant_ns>& sorted, instant_ns at) {
  return std::upper_bound(sorted.begin(), sorted.end(), at) - sorted.begin();
}

/// Whether fewer than so many had asked by then.
bool fewer_by(const std::vector<instant_ns>& sorted, std::int64_t total, instant_ns at) {
  if (total <= 0) return false;
  return static_cast<std::int64_t>(sorted.size()) < total || sorted[static_cast<std::size_t>(total) - 1] > at;
}

}  // namespace

void judge_sold_out(const evidence& all, findings& found) {
  // After the last loss whoever is in has a row in the end. Before, it may have been anybody who was not refused.
  std::vector<instant_ns> rows_asked_at;
  std::vector<instant_ns> perhaps_in_since;
  for (const user_story& who : all.stories) {
    rows_asked_at.insert(rows_asked_at.end(), who.rows.size(), who.asked_at == never ? long_ago : who.asked_at);
    if (all.epochs.last() > 0) perhaps_in_since.push_back(who.perhaps_in_since);
  }
  std::sort(rows_asked_at.begin(), rows_asked_at.end());
  std::sort(perhaps_in_since.begin(), perhaps_in_since.end());
  const instant_ns surely_the_last_gate = all.lease_over_at(all.epochs, all.epochs.last());
  for (const request& q : all.history) {
    if (q.what != outcome::sold_out) continue;
    const auto& asked = q.invoked_at >= surely_the_last_gate ? rows_asked_at : perhaps_in_since;
    std::int64_t total = all.totals.smallest(q.invoked_at, q.answered_at);
    if (total != never) total += all.returns.surely_before(q.invoked_at, q.answered_at);
    if (total == never)
      found.add(8, asking_text(q) + " was told that an unlimited coupon was sold out");
    else if (fewer_by(asked, total, q.answered_at))
      found.add(8, asking_text(q) + " was told sold out when at most " +
                       std::to_string(how_many_by(asked, q.answered_at)) + " of " + std::to_string(total) +
                       " could be gone");
  }
}

}  // namespace firstcome::auditor
