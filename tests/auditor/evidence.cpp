#include "auditor/evidence.hpp"

namespace firstcome::auditor {
namespace {

std::int64_t limit_of(std::optional<std::int32_t> total) {
  return total ? std::int64_t{*total} : never;
}

std::vector<time_span> losses_of(const assumptions& given) {
  std::vector<time_span> spans;
  for (const loss& one : given.gate_lost_at) spans.push_back({one.from, one.to});
  return spans;
}

/// The gate that comes after a loss may live on another machine, with another clock.
std::vector<time_span> clock_cuts_of(const assumptions& given) {
  std::vector<time_span> spans = losses_of(given);
  for (const window_change& one : given.window_changes) spans.push_back({one.invoked_at, one.answered_at});
  return spans;
}

possible_values totals_of(const books& final_books, const assumptions& given) {
  if (given.quantity_changes.empty()) return {limit_of(final_books.total_quantity), {}};
  std::vector<possible_values::change> changes;
  for (const quantity_change& one : given.quantity_changes)
    changes.push_back({one.invoked_at, one.answered_at, limit_of(one.total)});
  return {limit_of(given.first_total), std::move(changes)};
}

possible_values pauses_of(const assumptions& given) {
  std::vector<possible_values::change> changes;
  for (const pause_change& one : given.pauses) changes.push_back({one.invoked_at, one.answered_at, one.paused ? 1 : 0});
  return {0, std::move(changes)};
}

}  // namespace

std::string name_of(outcome what) {
  switch (what) {
    case outcome::yes:
      return "yes";
    case outcome::sold_out:
      return "sold out";
    case outcome::not_started:
      return "not started";
    case outcome::ended:
      return "ended";
    case outcome::paused:
      return "paused";
    case outcome::returned:
      return "returned";
    case outcome::refused:
      return "no";
    case outcome::overloaded:
      return "overloaded";
    case outcome::unknown:
      return "nothing";
  }
  return "";
}

evidence::evidence(std::span<const request> all, const books& in_the_end, const assumptions& what_is_given)
    : final_books(in_the_end),
      given(what_is_given),
      epochs(losses_of(given)),
      windows(clock_cuts_of(given)),
      totals(totals_of(in_the_end, given)),
      pauses(pauses_of(given)),
      returns(in_the_end, what_is_given),
      history(all.begin(), all.end()),
      rows(in_the_end.rows) {
  std::sort(history.begin(), history.end(), [](const request& a, const request& b) {
    return a.user != b.user ? a.user < b.user : a.invoked_at < b.invoked_at;
  });
  std::sort(rows.begin(), rows.end(),
            [](const row& a, const row& b) { return a.user != b.user ? a.user < b.user : a.sequence < b.sequence; });
  tell_stories();
}

instant_ns evidence::lease_over_at(const periods& in, std::optional<std::size_t> period) const {
  if (!period) return never;
  return *period == 0 ? long_ago : in.began_at(*period) + given.sold_out_lease_ns;
}

/// Walks history and rows, both sorted by user, side by side.
void evidence::tell_stories() {
  std::vector<std::int64_t> survivors = given.survivors;
  std::sort(survivors.begin(), survivors.end());
  const std::span<const request> all(history);
  const std::span<const row> places(rows);
  for (std::size_t q = 0, r = 0; q < all.size() || r < places.size();) {
    const std::int64_t user =
        r == places.size() || (q < all.size() && all[q].user < places[r].user) ? all[q].user : places[r].user;
    const std::size_t first_request = q;
    const std::size_t first_row = r;
    while (q < all.size() && all[q].user == user) ++q;
    while (r < places.size() && places[r].user == user) ++r;
    user_story story{.user = user,
                     .requests = all.subspan(first_request, q - first_request),
                     .rows = places.subspan(first_row, r - first_row),
                     .survivor = std::binary_search(survivors.begin(), survivors.end(), user)};
    bound_admission(story);
    stories.push_back(story);
  }
}

/// Which requests may have led to the place? Not one that was refused, and not an unknown one that had surely settled
/// before the same user was told no, in the same epoch.
void evidence::bound_admission(user_story& story) const {
  const request* next_no = nullptr;  // the last no that was sent in the epoch of the requests looked at, from the end
  std::optional<std::size_t> epoch_of_no;
  for (auto q = story.requests.rbegin(); q != story.requests.rend(); ++q) {
    if (q->what == outcome::yes) {
      story.asked_at = q->invoked_at;
      story.perhaps_in_since = q->invoked_at;
      story.heard_at = std::min(story.heard_at, q->answered_at);
    } else if (q->what == outcome::unknown) {
      story.perhaps_in_since = q->invoked_at;
      const bool ruled_out = next_no != nullptr && settled_at(*q) < next_no->invoked_at &&
                             epoch_of_no == (story.survivor ? 0 : epochs.of(q->invoked_at, q->invoked_at));
      if (!ruled_out) story.asked_at = q->invoked_at;
    } else if (is_no(q->what) && fresh(*q, epochs)) {
      const auto epoch = epoch_of(story, *q);
      if (epoch && (next_no == nullptr || epoch_of_no != epoch)) {
        next_no = &*q;
        epoch_of_no = epoch;
      }
    }
  }
}

}  // namespace firstcome::auditor
