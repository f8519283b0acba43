#include "auditor/judges.hpp"

namespace firstcome::auditor {
namespace {

/// Nobody knows the outcome, and nothing explains that.
bool unexplained(instant_ns from, instant_ns to, const assumptions& given) {
  if (!given.silences) return false;
  return std::none_of(given.silences->begin(), given.silences->end(),
                      [&](const disturbance& one) { return one.from <= to && from <= one.to; });
}

}  // namespace

void judge_delays(const evidence& all, findings& found) {
  if (!all.given.answer_within_ns) return;
  for (const request& q : all.history) {
    const instant_ns took_ns = q.answered_at - q.invoked_at;
    if (took_ns <= *all.given.answer_within_ns) continue;
    if (q.what != outcome::unknown || unexplained(q.invoked_at, q.answered_at, all.given))
      found.add(10, asking_text(q) + " was told " + name_of(q.what) + " after " + std::to_string(took_ns) +
                        " ns, not " + std::to_string(*all.given.answer_within_ns));
  }
}

}  // namespace firstcome::auditor
