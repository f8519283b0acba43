#include "auditor/judges.hpp"

// What users were told of their places, against each other and against the quantity. The rows of the end know nothing
// of a place that was lost since, nor of a quantity that was raised since.

namespace firstcome::auditor {
namespace {

struct told_place {
  std::size_t epoch;
  std::int32_t sequence;
  std::int64_t user;
  auto operator<=>(const told_place&) const = default;
};

/// 1: whoever is let in, the place is within a quantity that may have been in force since the user may first have been.
void judge_quantity(const evidence& all, const user_story& who, findings& found) {
  if (who.perhaps_in_since == never) return;
  const auto judge = [&](std::int32_t sequence, instant_ns at_the_latest, const char* how) {
    const std::int64_t most = all.totals.largest(who.perhaps_in_since, at_the_latest);
    if (sequence > most)
      found.add(1, user_text(who.user) + how + sequence_text(sequence) + " when no more than " + std::to_string(most) +
                       " were to be had");
  };
  for (const request& q : who.requests)
    if (q.what == outcome::yes) judge(q.sequence, q.answered_at, " was told ");
  for (const row& r : who.rows) judge(r.sequence, never, " got ");
}

/// 2: within one epoch a place is one user's.
void judge_doubles(std::vector<told_place> places, findings& found) {
  std::sort(places.begin(), places.end());
  for (std::size_t i = 1; i < places.size(); ++i) {
    const told_place &one = places[i - 1], &next = places[i];
    if (one.epoch == next.epoch && one.sequence == next.sequence && one.user != next.user)
      found.add(
          2, user_text(one.user) + " and " + user_text(next.user) + " were both told " + sequence_text(one.sequence));
  }
}

}  // namespace

void judge_places(const evidence& all, findings& found) {
  std::vector<told_place> told;
  for (const user_story& who : all.stories) {
    judge_quantity(all, who, found);
    for (const request& q : who.requests) {
      if (q.what != outcome::yes) continue;
      if (q.sequence < 1) found.add(2, user_text(q.user) + " was told " + sequence_text(q.sequence) + ", out of range");
      if (const auto epoch = all.epochs.of(q.invoked_at, q.answered_at)) told.push_back({*epoch, q.sequence, q.user});
    }
  }
  judge_doubles(std::move(told), found);
}

}  // namespace firstcome::auditor
