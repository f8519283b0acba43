#include "auditor/judges.hpp"

namespace firstcome::auditor {
namespace {

/// Something happened while the client waited that may have taken the request, or its answer, away.
bool excused(const request& q, const assumptions& given) {
  return q.what == outcome::unknown &&
         std::any_of(given.disturbed.begin(), given.disturbed.end(),
                     [&](const disturbance& one) { return one.from <= q.answered_at && one.to >= q.invoked_at; });
}

}  // namespace

void judge_delays(const evidence& all, findings& found) {
  if (!all.given.answer_within_ns) return;
  for (const request& q : all.history) {
    const instant_ns took_ns = q.answered_at - q.invoked_at;
    if (took_ns > *all.given.answer_within_ns && !excused(q, all.given))
      found.add(10, asking_text(q) + " was told " + name_of(q.what) + " after " + std::to_string(took_ns) +
                        " ns, not " + std::to_string(*all.given.answer_within_ns));
  }
}

}  // namespace firstcome::auditor
