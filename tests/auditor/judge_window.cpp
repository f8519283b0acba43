#include "auditor/judges.hpp"

// Verdicts come in this order: already in, paused, not started, ended, sold out, admitted; and time does not run back.
// So once anybody heard what shows that the window had begun, nobody who asks later is told that it has not; and once
// anybody heard "ended", nobody who asks later is let in, or told "not started" or "sold out". Nobody needs to know the
// window for that, as long as it stays the same.

namespace firstcome::auditor {
namespace {

/// The first that heard something in a period, by the time at which it was heard.
struct witness {
  const request* heard = nullptr;

  void hear(const request& q) {
    if (heard == nullptr || q.answered_at < heard->answered_at) heard = &q;
  }
  bool before(instant_ns at) const { return heard != nullptr && heard->answered_at < at; }
};

struct period_witnesses {
  witness begun;
  witness ended;
};

std::string after_text(const witness& w) {
  return ", after " + asking_text(*w.heard) + " was told " + name_of(w.heard->what);
}

/// A yes shows something about the period only when the user cannot have been let in before it.
bool shows_begun(const evidence& all, const user_story& who, const request& q, std::size_t period) {
  if (q.what == outcome::yes) return who.perhaps_in_since >= all.windows.began_at(period);
  return q.what == outcome::ended || (q.what == outcome::sold_out && all.fresh(q, all.windows));
}

std::vector<period_witnesses> hear_witnesses(const evidence& all) {
  std::vector<period_witnesses> periods(all.windows.count());
  for (const user_story& who : all.stories)
    for (const request& q : who.requests) {
      const auto period = all.windows.of(q.invoked_at, q.answered_at);
      if (!period) continue;
      if (shows_begun(all, who, q, *period)) periods[*period].begun.hear(q);
      if (q.what == outcome::ended) periods[*period].ended.hear(q);
    }
  return periods;
}

void judge_refusal(const evidence& all, const request& q, const std::vector<period_witnesses>& witnesses,
                   findings& found) {
  const auto period = all.windows.of(q.invoked_at, q.answered_at);
  if (!period || !all.fresh(q, all.windows)) return;
  const auto& [begun, ended] = witnesses[*period];
  if (q.what == outcome::not_started && begun.before(q.invoked_at))
    found.add(8, asking_text(q) + " was told not started" + after_text(begun));
  if (q.what == outcome::sold_out && ended.before(q.invoked_at))
    found.add(8, asking_text(q) + " was told sold out" + after_text(ended));
}

std::string let_in_text(const user_story& who) {
  return user_text(who.user) + ", who asked at " + std::to_string(who.asked_at) + " first, was let in";
}

void judge_admission(const evidence& all, const user_story& who, const std::vector<period_witnesses>& witnesses,
                     findings& found) {
  if (who.asked_at == never || (who.rows.empty() && who.heard_at == never)) return;
  const auto period = all.windows.of(who.asked_at, who.heard_at);
  if (period && witnesses[*period].ended.before(who.asked_at))
    found.add(8, let_in_text(who) + after_text(witnesses[*period].ended));
  if (who.heard_at != never && all.epochs.of(who.asked_at, who.heard_at) &&
      all.pauses.smallest(who.asked_at, who.heard_at) == 1)
    found.add(8, let_in_text(who) + " while the coupon was paused");
}

/// Against the window itself, as far as the clocks agree.
void judge_by_the_clock(const issue_window& window, const user_story& who, findings& found) {
  const instant_ns surely_begun = window.start + window.slack_ns;
  const instant_ns surely_not_begun = window.start - window.slack_ns;
  const instant_ns surely_ended = window.end + window.slack_ns;
  const instant_ns surely_not_ended = window.end - window.slack_ns;
  for (const request& q : who.requests) {
    const bool too_late = (q.what == outcome::not_started && q.invoked_at > surely_begun) ||
                          (q.what == outcome::sold_out && q.invoked_at > surely_ended);
    const bool too_early = (q.what == outcome::ended && q.answered_at < surely_not_ended) ||
                           (q.what == outcome::sold_out && q.answered_at < surely_not_begun);
    if (too_late || too_early)
      found.add(8, asking_text(q) + " was told " + name_of(q.what) + ", and the window is " +
                       std::to_string(window.start) + " to " + std::to_string(window.end));
  }
  if (who.asked_at == never || (who.rows.empty() && who.heard_at == never)) return;
  if (who.heard_at < surely_not_begun)
    found.add(8, let_in_text(who) + " before the window, which begins at " + std::to_string(window.start));
  if (who.asked_at > surely_ended)
    found.add(8, let_in_text(who) + " after the window, which ends at " + std::to_string(window.end));
}

}  // namespace

void judge_window(const evidence& all, findings& found) {
  const std::vector<period_witnesses> witnesses = hear_witnesses(all);
  const bool by_the_clock = all.given.window && all.given.window_changes.empty();
  for (const user_story& who : all.stories) {
    for (const request& q : who.requests) {
      if (q.what == outcome::not_started || q.what == outcome::sold_out) judge_refusal(all, q, witnesses, found);
      if (q.what == outcome::paused && all.pauses.largest(q.invoked_at, q.answered_at) == 0)
        found.add(8, asking_text(q) + " was told paused, and nobody had paused");
    }
    judge_admission(all, who, witnesses, found);
    if (by_the_clock) judge_by_the_clock(*all.given.window, who, found);
  }
}

}  // namespace firstcome::auditor
