#include "auditor/judges.hpp"

namespace firstcome::auditor {
namespace {

void judge_rows(const user_story& who, findings& found) {
  for (std::size_t i = 1; i < who.rows.size(); ++i)
    found.add(2, user_text(who.user) + " has two rows: " + sequence_text(who.rows[0].sequence) + " and " +
                     sequence_text(who.rows[i].sequence));
}

/// 3: a yes that no loss can have undone has its row.
void judge_kept(const evidence& all, const user_story& who, findings& found) {
  for (const request& q : who.requests) {
    if (q.what != outcome::yes || !(who.survivor || all.after_last_loss(q))) continue;
    if (who.rows.empty())
      found.add(3, user_text(q.user) + " was told " + sequence_text(q.sequence) + " and has no row");
    else if (who.rows[0].sequence != q.sequence)
      found.add(3, user_text(q.user) + " was told " + sequence_text(q.sequence) + " and the row says " +
                       sequence_text(who.rows[0].sequence));
  }
}

/// 6, within one epoch: the same yes again and again, and after it no no.
void judge_epoch(const evidence& all, const user_story& who, std::size_t epoch, findings& found) {
  const request* first = nullptr;
  for (const request& q : who.requests) {
    if (q.what != outcome::yes || all.epoch_of(who, q) != epoch) continue;
    if (first != nullptr && first->sequence != q.sequence)
      found.add(6, user_text(q.user) + " was told " + sequence_text(first->sequence) + " and then " +
                       sequence_text(q.sequence));
    if (first == nullptr || q.answered_at < first->answered_at) first = &q;
  }
  if (first == nullptr) return;
  for (const request& q : who.requests)
    if (is_no(q.what) && q.invoked_at > first->answered_at && all.epoch_of(who, q) == epoch && all.fresh(q, all.epochs))
      found.add(6, user_text(q.user) + " was told " + sequence_text(first->sequence) + " and later " + name_of(q.what));
}

void judge_asking_again(const evidence& all, const user_story& who, findings& found) {
  if (who.requests.size() < 2) return;
  std::optional<std::size_t> before;
  for (const request& q : who.requests) {
    if (q.what != outcome::yes) continue;
    const auto epoch = all.epoch_of(who, q);
    if (epoch && epoch != before) judge_epoch(all, who, *epoch, found);
    if (epoch) before = epoch;
  }
}

/// A row that no request of the user can have led to: an unknown one that was carried out after a later no (6), or an
/// answer "surely not" that was not true (9).
void judge_cause(const user_story& who, findings& found) {
  if (who.rows.empty() || who.asked_at != never) return;
  const bool was_unknown = std::any_of(who.requests.begin(), who.requests.end(),
                                       [](const request& q) { return q.what == outcome::unknown; });
  const std::string has = user_text(who.user) + " has a row (" + sequence_text(who.rows[0].sequence) + ")";
  if (was_unknown) return found.add(6, has + " and was told no, finally, after it was unknown");
  found.add(9, has + " and heard nothing but " + name_of(who.requests.back().what));
}

}  // namespace

void judge_users(const evidence& all, findings& found) {
  for (const user_story& who : all.stories) {
    judge_rows(who, found);
    if (!who.asked()) {
      found.add(5, user_text(who.user) + " has a row (" + sequence_text(who.rows[0].sequence) + ") and never asked");
      continue;
    }
    judge_kept(all, who, found);
    judge_asking_again(all, who, found);
    judge_cause(who, found);
  }
}

}  // namespace firstcome::auditor
