#include "auditor/judges.hpp"

namespace firstcome::auditor {

void judge_delays(const evidence& all, findings& found) {
  if (!all.given.answer_within_ns) return;
  for (const request& q : all.history) {
    const instant_ns took_ns = q.answered_at - q.invoked_at;
    if (q.what != outcome::unknown && took_ns > *all.given.answer_within_ns)
      found.add(10, asking_text(q) + " was told " + name_of(q.what) + " after " + std::to_string(took_ns) +
                        " ns, not " + std::to_string(*all.given.answer_within_ns));
  }
}

}  // namespace firstcome::auditor
