#include "auditor/judges.hpp"

namespace firstcome::auditor {
namespace {

/// Each is its own, from 1 on, without a gap. By sequence, and then by user.
void judge_sequences(const evidence& all, findings& found) {
  std::vector<row> rows = all.rows;
  std::sort(rows.begin(), rows.end(), [](const row& a, const row& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.user < b.user;
  });
  const auto& total = all.final_books.total_quantity;
  const std::int64_t limit = total ? *total + all.returns.in_the_end() : never;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int32_t sequence = rows[i].sequence;
    if (i > 0 && rows[i - 1].sequence == sequence)
      found.add(
          2, user_text(rows[i - 1].user) + " and " + user_text(rows[i].user) + " both have " + sequence_text(sequence));
    if (sequence < 1 || sequence > limit)
      found.add(2, user_text(rows[i].user) + " has " + sequence_text(sequence) + ", out of range");
  }
  if (!rows.empty() && static_cast<std::size_t>(rows.back().sequence) != rows.size())
    found.add(5, "the highest sequence is " + std::to_string(rows.back().sequence) + " of " +
                     std::to_string(rows.size()) + " rows");
}

/// Everybody who has or had a place, and everybody who was told that none is left when the last quantity was in force
/// and every place that came back was free.
std::int64_t users_that_reached_the_gate(const evidence& all) {
  const instant_ns from =
      std::max({all.totals.settled_at(), all.returns.settled_at(), all.lease_over_at(all.epochs, all.epochs.last())});
  return std::count_if(all.stories.begin(), all.stories.end(), [&](const user_story& who) {
    return std::any_of(who.requests.begin(), who.requests.end(), [&](const request& q) {
      return ((q.what == outcome::yes || q.what == outcome::returned) && all.after_last_loss(q)) ||
             (q.what == outcome::sold_out && q.invoked_at >= from);
    });
  });
}

void judge_quantity(const evidence& all, findings& found) {
  const auto rows = static_cast<std::int64_t>(all.rows.size());
  const std::int64_t live = rows - std::count_if(all.rows.begin(), all.rows.end(),
                                                 [](const row& one) { return one.state == issue_state::returned; });
  const std::int64_t issued = all.final_books.issued_quantity;
  if (issued != live - all.final_books.open_dead_letters)
    found.add(5, "the coupon says " + std::to_string(issued) + " issued and has " +
                     std::to_string(live - all.final_books.open_dead_letters) + " rows");
  if (!all.final_books.total_quantity) return;
  const std::int64_t total = *all.final_books.total_quantity;
  const std::int64_t places = total + all.returns.in_the_end();
  if (rows > places)
    found.add(1, std::to_string(live) + " issues of " + std::to_string(total) +
                     (rows > live ? ", and " + std::to_string(rows - live) + " that were returned" : ""));
  if (rows >= places || all.totals.settled_at() == never || all.returns.settled_at() == never) return;
  const std::int64_t reached = users_that_reached_the_gate(all);
  if (reached >= places)
    found.add(4, std::to_string(reached) + " users asked for " + std::to_string(places) + " coupons and only " +
                     std::to_string(rows) + " were issued");
}

}  // namespace

void judge_books(const evidence& all, findings& found) {
  judge_quantity(all, found);
  judge_sequences(all, found);
}

}  // namespace firstcome::auditor
