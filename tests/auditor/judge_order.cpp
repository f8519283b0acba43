#include "auditor/judges.hpp"

// Who heard of a place before somebody with a lower one had even asked was overtaken. After the last loss the places
// are those of the rows; in an epoch that was lost they are what was said in it. Who lost nothing was in all the time:
// whoever is let in by a later gate comes after all that it was given, and cannot be before any of them.

namespace firstcome::auditor {
namespace {

struct place {
  std::size_t epoch;
  std::int32_t sequence;
  std::int64_t user;
  instant_ns asked_at;  // long_ago: nobody knows whether it was in this epoch
  instant_ns heard_at;  // never: nobody knows of it
};

instant_ns asked_in(const evidence& all, const user_story& who, std::size_t epoch) {
  return who.asked_at >= all.epochs.began_at(epoch) ? who.asked_at : long_ago;
}

/// When the user heard of this place, in that epoch.
instant_ns heard_in(const evidence& all, const user_story& who, std::size_t epoch, std::int32_t sequence) {
  instant_ns heard_at = never;
  for (const request& q : who.requests)
    if (q.what == outcome::yes && q.sequence == sequence && all.epochs.of(q.invoked_at, q.answered_at) == epoch)
      heard_at = std::min(heard_at, q.answered_at);
  return heard_at;
}

void add_rows(const evidence& all, const user_story& who, std::vector<place>& places) {
  const std::size_t last = all.epochs.last();
  for (const row& r : who.rows)
    places.push_back({last, r.sequence, who.user, asked_in(all, who, last), heard_in(all, who, last, r.sequence)});
}

void add_lost_epochs(const evidence& all, const user_story& who, std::vector<place>& places) {
  std::optional<std::size_t> before;
  for (const request& q : who.requests) {
    if (q.what != outcome::yes) continue;
    const auto epoch = all.epochs.of(q.invoked_at, q.answered_at);
    if (!epoch || epoch == all.epochs.last() || epoch == before) continue;
    before = epoch;
    places.push_back(
        {*epoch, q.sequence, who.user, asked_in(all, who, *epoch), heard_in(all, who, *epoch, q.sequence)});
  }
}

/// The user's places once more, as if nothing had ever been lost: then only who survived can have been overtaken.
void add_over_losses(const evidence& all, const user_story& who, std::size_t first, std::vector<place>& places) {
  const instant_ns heard_at = who.survivor ? who.heard_at : never;
  std::optional<std::int32_t> before;
  for (std::size_t i = first, end = places.size(); i < end; ++i) {
    const std::int32_t sequence = places[i].sequence;
    if (sequence != before) places.push_back({all.epochs.count(), sequence, who.user, who.asked_at, heard_at});
    before = sequence;
  }
}

std::vector<place> places_of(const evidence& all) {
  std::vector<place> places;
  places.reserve(all.rows.size());
  for (const user_story& who : all.stories) {
    if (!who.asked()) continue;
    const std::size_t first = places.size();
    add_rows(all, who, places);
    if (all.epochs.last() == 0) continue;
    add_lost_epochs(all, who, places);
    if (!all.given.survivors.empty()) add_over_losses(all, who, first, places);
  }
  return places;
}

}  // namespace

/// By sequence; the latest asker among the lower places is the one to compare with.
void judge_order(const evidence& all, findings& found) {
  std::vector<place> places = places_of(all);
  std::sort(places.begin(), places.end(), [](const place& a, const place& b) {
    if (a.epoch != b.epoch) return a.epoch < b.epoch;
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.asked_at < b.asked_at;
  });
  const place* latest = nullptr;
  for (const place& p : places) {
    if (latest != nullptr && latest->epoch != p.epoch) latest = nullptr;
    if (latest != nullptr && p.heard_at < latest->asked_at && latest->asked_at != never)
      found.add(7, user_text(p.user) + " heard of " + sequence_text(p.sequence) + " before " + user_text(latest->user) +
                       " asked, who got " + sequence_text(latest->sequence));
    if (p.asked_at != never && (latest == nullptr || p.asked_at > latest->asked_at)) latest = &p;
  }
}

}  // namespace firstcome::auditor
