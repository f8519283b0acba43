#include "auditor/returned_places.hpp"

#include <map>

namespace firstcome::auditor {

returned_places::returned_places(const books& final_books, const assumptions& given)
    : restored_at_(given.ledger_restored_at) {
  if (!given.restocks) return;
  std::map<std::int64_t, instant_ns> asked;
  std::map<std::int64_t, sure> heard;
  for (const life_step& one : given.steps) {
    if (one.kind != step_kind::give_back) continue;
    if (one.what != step_outcome::done && one.what != step_outcome::unknown) continue;
    const auto [first, is_new] = asked.try_emplace(one.user, one.invoked_at);
    if (!is_new) first->second = std::min(first->second, one.invoked_at);
    if (one.what != step_outcome::done) continue;
    const auto [known, first_heard] = heard.try_emplace(one.user, sure{one.invoked_at, one.answered_at});
    if (!first_heard && one.answered_at < known->second.heard_at) known->second = {one.invoked_at, one.answered_at};
  }
  for (const auto& [user, at] : asked) asked_at_.push_back(at);
  std::sort(asked_at_.begin(), asked_at_.end());
  for (const auto& [user, one] : heard) sure_.push_back(one);
  std::sort(sure_.begin(), sure_.end(), [](const sure& a, const sure& b) { return a.heard_at < b.heard_at; });
  for (const row& one : final_books.rows) {
    if (one.state != issue_state::returned) continue;
    ++in_the_end_;
    const auto known = heard.find(one.user);
    settled_at_ = std::max(settled_at_, known == heard.end() ? never : known->second.heard_at);
  }
}

std::int64_t returned_places::surely_before(instant_ns asked_at, instant_ns heard_at) const {
  std::int64_t count = 0;
  for (const sure& one : sure_) {
    if (one.heard_at >= asked_at) break;
    const bool undone = std::any_of(restored_at_.begin(), restored_at_.end(),
                                    [&](instant_ns at) { return one.asked_at <= at && at <= heard_at; });
    if (!undone) ++count;
  }
  return count;
}

}  // namespace firstcome::auditor
