#include "auditor/judges.hpp"

// Who was told a place holds it from then on, until a loss takes it. All that time it lies within the total, since the
// gate lets nobody in past it and no operator may lower it below what is admitted; and nobody else has that place.

namespace firstcome::auditor {
namespace {

std::string past_text(std::int32_t sequence, std::int64_t total) {
  return sequence_text(sequence) + " when no more than " + std::to_string(total) + " were to be had";
}

/// Unlimited stays unlimited.
std::int64_t more(std::int64_t total, std::int64_t returned) {
  return total == never ? never : total + returned;
}

/// What was said while the gate was lost may come from the one that was, by whatever total that knew.
void judge_told(const evidence& all, const user_story& who, const request& q, findings& found) {
  if (q.sequence < 1) return found.add(2, asking_text(q) + " was told " + sequence_text(q.sequence) + ", out of range");
  const std::int64_t ever = more(all.totals.largest(long_ago, q.answered_at), all.returns.perhaps_by(q.answered_at));
  if (q.sequence > ever) {
    found.add(1, asking_text(q) + " was told " + past_text(q.sequence, ever));
    return found.add(2, asking_text(q) + " was told " + sequence_text(q.sequence) + ", out of range");
  }
  const auto epoch = all.epoch_of(who, q);
  if (!epoch) return;
  const instant_ns held_until = who.survivor ? never : all.epochs.ends_at(*epoch);
  const std::int64_t total = more(all.totals.least_ceiling(q.answered_at, held_until), all.returns.perhaps_by(never));
  if (q.sequence > total) found.add(1, asking_text(q) + " was told, and kept, " + past_text(q.sequence, total));
}

/// A row that nobody heard of came about before the last of the user's requests had settled, and has stayed since.
void judge_unheard(const evidence& all, const user_story& who, findings& found) {
  if (who.rows.empty() || who.asked_at == never || who.heard_at != never) return;
  instant_ns settled_at = who.asked_at;
  for (const request& q : who.requests)
    if (q.what == outcome::unknown) settled_at = std::max(settled_at, all.settled_at(q));
  const std::int64_t total = more(all.totals.least_ceiling(settled_at, never), all.returns.perhaps_by(never));
  if (who.rows[0].sequence > total)
    found.add(1, user_text(who.user) + ", who heard nothing, got " + past_text(who.rows[0].sequence, total));
}

/// In the epochs from the first to the last of these.
struct holding {
  std::int32_t sequence;
  std::int64_t user;
  std::size_t first;
  std::size_t last;
};

/// An answer that was asked for before a loss and heard after it may be about either.
std::vector<holding> holdings_of(const evidence& all) {
  std::vector<holding> holdings;
  for (const user_story& who : all.stories)
    for (const request& q : who.requests) {
      if (q.what != outcome::yes) continue;
      if (who.survivor)
        holdings.push_back({q.sequence, who.user, all.epochs.first_after(q.answered_at), all.epochs.last()});
      else if (const auto epoch = all.epochs.of(q.invoked_at, q.answered_at))
        holdings.push_back({q.sequence, who.user, *epoch, *epoch});
    }
  std::sort(holdings.begin(), holdings.end(), [](const holding& a, const holding& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence
           : a.first != b.first     ? a.first < b.first
                                    : a.user < b.user;
  });
  return holdings;
}

/// By sequence and time; who holds a place longest is the one to compare with.
void judge_own(const evidence& all, findings& found) {
  const std::vector<holding> holdings = holdings_of(all);
  const holding* longest = nullptr;
  for (const holding& h : holdings) {
    const bool same_place = longest != nullptr && longest->sequence == h.sequence;
    if (same_place && h.first <= longest->last && h.user != longest->user)
      found.add(
          2, user_text(longest->user) + " and " + user_text(h.user) + " were both told " + sequence_text(h.sequence));
    if (!same_place || h.last > longest->last) longest = &h;
  }
}

}  // namespace

void judge_places(const evidence& all, findings& found) {
  for (const user_story& who : all.stories) {
    for (const request& q : who.requests)
      if (q.what == outcome::yes) judge_told(all, who, q, found);
    judge_unheard(all, who, found);
  }
  judge_own(all, found);
}

}  // namespace firstcome::auditor
