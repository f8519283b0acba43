#include <map>

#include "auditor/issue_story.hpp"
#include "auditor/judges.hpp"

// What each user heard of the own issue must be one story (issue_story.hpp). Steps happen in the ledger: of a ledger
// that went back nothing is judged here, and after a loss of the gate only who survived it.

namespace firstcome::auditor {
namespace {

told_call::what kind_of(step_kind kind) {
  switch (kind) {
    case step_kind::use:
      return told_call::what::use;
    case step_kind::undo_use:
      return told_call::what::undo_use;
    case step_kind::give_back:
      return told_call::what::give_back;
    case step_kind::look:
      break;
  }
  return told_call::what::look;
}

using steps_of_user = std::vector<const life_step*>;

/// Who gave it back and heard so hears nothing else from then on.
instant_ns surely_returned_at(const steps_of_user& steps) {
  instant_ns at = never;
  for (const life_step* one : steps)
    if (one->kind == step_kind::give_back && one->what == step_outcome::done) at = std::min(at, one->answered_at);
  return at;
}

void add_asks(const evidence& all, const user_story& who, instant_ns returned_at, std::vector<told_call>& calls) {
  const bool lossless = all.given.gate_lost_at.empty();
  for (const request& q : who.requests) {
    told_call call{.kind = told_call::what::ask, .from = q.invoked_at, .to = q.answered_at, .answered = true};
    if (q.what == outcome::overloaded) continue;
    if (q.what == outcome::unknown) {
      call.answered = false;
      call.to = all.settled_at(q);
    } else if (q.what == outcome::yes) {
      call.heard = step_outcome::done;
      call.late_yes = !lossless || q.invoked_at <= returned_at;
    } else if (q.what == outcome::returned) {
      call.heard = step_outcome::returned;
    } else {
      if (!lossless) continue;
      call.heard = step_outcome::no_issue;
    }
    calls.push_back(call);
  }
}

void add_steps(const evidence& all, const steps_of_user& steps, std::vector<told_call>& calls) {
  for (const life_step* one : steps) {
    if (one->what == step_outcome::overloaded) continue;
    const bool answered = one->what != step_outcome::unknown;
    if (!answered && one->kind == step_kind::look) continue;
    const instant_ns settled = std::max(one->answered_at, one->invoked_at + all.given.step_settles_after_ns);
    calls.push_back({.kind = kind_of(one->kind),
                     .order = one->order,
                     .from = one->invoked_at,
                     .to = answered ? one->answered_at : settled,
                     .answered = answered,
                     .late_yes = false,
                     .heard = one->what,
                     .seen = one->seen});
  }
}

/// A no to what the same user had heard a yes to.
bool was_refused_when_repeated(const steps_of_user& steps) {
  for (const life_step* no : steps) {
    if (no->what != step_outcome::already_used && no->what != step_outcome::used_by_another) continue;
    for (const life_step* yes : steps)
      if (yes->what == step_outcome::done && yes->kind == no->kind && yes->order == no->order && no->order != 0 &&
          yes->answered_at < no->invoked_at)
        return true;
  }
  return false;
}

/// 2: who gave one back and asks again does not get another one.
bool got_another(const user_story& who, instant_ns returned_at) {
  for (const request& q : who.requests)
    if (q.what == outcome::yes && q.invoked_at > returned_at &&
        (who.rows.empty() || q.sequence != who.rows[0].sequence))
      return true;
  return false;
}

void judge_user(const evidence& all, const user_story& who, const steps_of_user& steps, findings& found) {
  if (!all.given.gate_lost_at.empty() && !who.survivor) return;
  if (who.rows.size() > 1) return;  // judge_users says so
  const instant_ns returned_at = surely_returned_at(steps);
  if (got_another(who, returned_at))
    return found.add(2, user_text(who.user) + " returned what was issued, asked again and was given another one");
  std::vector<told_call> calls;
  add_asks(all, who, returned_at, calls);
  add_steps(all, steps, calls);
  issue_now end;
  if (!who.rows.empty()) end = {who.rows[0].state, who.rows[0].order};
  if (const std::string why = why_untrue(calls, end); !why.empty())
    found.add(was_refused_when_repeated(steps) ? 6 : 9, user_text(who.user) + ": " + why);
}

}  // namespace

void judge_life(const evidence& all, findings& found) {
  if (all.given.steps.empty() || !all.given.ledger_restored_at.empty()) return;
  std::map<std::int64_t, steps_of_user> of_users;
  for (const life_step& one : all.given.steps) of_users[one.user].push_back(&one);
  for (const user_story& who : all.stories)
    if (const auto steps = of_users.find(who.user); steps != of_users.end()) judge_user(all, who, steps->second, found);
  for (const auto& [user, steps] : of_users) {
    const bool known = std::binary_search(all.stories.begin(), all.stories.end(), user_story{.user = user},
                                          [](const user_story& a, const user_story& b) { return a.user < b.user; });
    if (!known) judge_user(all, user_story{.user = user}, steps, found);
  }
}

}  // namespace firstcome::auditor
