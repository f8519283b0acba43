#include "auditor/auditor.hpp"

#include <algorithm>
#include <limits>

#include "auditor/findings.hpp"

namespace firstcome::auditor {
namespace {

constexpr instant_ns never = std::numeric_limits<instant_ns>::max();

std::string user_text(std::int64_t user) {
  return "user " + std::to_string(user);
}
std::string sequence_text(std::int32_t sequence) {
  return "sequence " + std::to_string(sequence);
}

/// A row together with what bounds the instant of its admission from both sides.
struct placed_row {
  std::int64_t user;
  std::int32_t sequence;
  instant_ns asked_at = never;  // the earliest request that may have caused it was sent then
  instant_ns heard_at = never;  // the user knew of it then
};

class judge {
 public:
  judge(std::span<const request> history, const books& final_books, const assumptions& given, findings& found)
      : history_(history.begin(), history.end()), books_(final_books), given_(given), found_(found) {
    std::sort(history_.begin(), history_.end(), [](const request& a, const request& b) {
      return a.user != b.user ? a.user < b.user : a.invoked_at < b.invoked_at;
    });
    for (const row& r : final_books.rows) rows_.push_back({.user = r.user, .sequence = r.sequence});
    std::sort(rows_.begin(), rows_.end(), [](const placed_row& a, const placed_row& b) {
      return a.user != b.user ? a.user < b.user : a.sequence < b.sequence;
    });
  }

  void run() {
    judge_users();
    judge_quantity();
    std::sort(rows_.begin(), rows_.end(),
              [](const placed_row& a, const placed_row& b) { return a.sequence < b.sequence; });
    judge_sequences();
    judge_order();
    judge_sold_out();
  }

 private:
  /// Walks history and rows, both sorted by user, side by side.
  void judge_users() {
    auto r = rows_.begin();
    for (auto from = history_.begin(); from != history_.end();) {
      const auto to = std::find_if(from, history_.end(), [&](const request& q) { return q.user != from->user; });
      for (; r != rows_.end() && r->user < from->user; ++r) nobody_asked(*r);
      placed_row* first = r != rows_.end() && r->user == from->user ? &*r : nullptr;
      for (; r != rows_.end() && r->user == from->user; ++r) one_row_each(*first, *r);
      judge_user(from, to, first);
      from = to;
    }
    for (; r != rows_.end(); ++r) nobody_asked(*r);
  }

  void nobody_asked(const placed_row& r) {
    found_.add(5, user_text(r.user) + " has a row (" + sequence_text(r.sequence) + ") and never asked");
  }

  void one_row_each(const placed_row& first, const placed_row& r) {
    if (&first == &r) return;
    found_.add(
        2, user_text(r.user) + " has two rows: " + sequence_text(first.sequence) + " and " + sequence_text(r.sequence));
  }

  /// `requests` are one user's, by the time of sending; `place` is that user's row, if there is one.
  void judge_user(std::vector<request>::const_iterator from, std::vector<request>::const_iterator to,
                  placed_row* place) {
    const std::span<const request> requests(from, to);
    const auto after = std::find_if(from, to, [this](const request& q) { return !before_loss(q); });
    judge_answers({from, after}, place);
    judge_answers({after, to}, place);
    const bool reached = std::any_of(requests.begin(), requests.end(), [](const request& q) {
      return q.what == outcome::yes || q.what == outcome::sold_out;
    });
    if (reached) ++users_that_reached_the_gate_;
    for (const request& q : requests)
      if (q.what == outcome::sold_out) first_sold_out_ = std::min(first_sold_out_, q.answered_at);
    if (place != nullptr) bound_admission(requests, *place);
  }

  /// Its answer may have been forgotten since.
  bool before_loss(const request& q) const { return given_.gate_lost_at && q.invoked_at < *given_.gate_lost_at; }
  /// Compares the first answers with the last rows, which says nothing once something was forgotten in between.
  bool one_history() const { return given_.quantity_was_constant && !given_.gate_lost_at; }

  void judge_answers(std::span<const request> requests, const placed_row* place) {
    const request* first_heard = nullptr;
    for (const request& q : requests) {
      if (q.what != outcome::yes) continue;
      const bool kept = !before_loss(q);
      if (kept && place == nullptr)
        found_.add(3, user_text(q.user) + " was told " + sequence_text(q.sequence) + " and has no row");
      if (kept && place != nullptr && place->sequence != q.sequence)
        found_.add(3, user_text(q.user) + " was told " + sequence_text(q.sequence) + " and the row says " +
                          sequence_text(place->sequence));
      if (first_heard != nullptr && first_heard->sequence != q.sequence)
        found_.add(6, user_text(q.user) + " was told " + sequence_text(first_heard->sequence) + " and then " +
                          sequence_text(q.sequence));
      if (first_heard == nullptr || q.answered_at < first_heard->answered_at) first_heard = &q;
    }
    if (first_heard == nullptr) return;
    for (const request& q : requests)
      if ((q.what == outcome::sold_out || q.what == outcome::refused) && q.invoked_at > first_heard->answered_at)
        found_.add(6, user_text(q.user) + " was told " + sequence_text(first_heard->sequence) + " and later no");
  }

  /// Which requests may have caused the row? Not one that was refused, and not an unknown one that had surely settled
  /// before the same user was told no.
  void bound_admission(std::span<const request> requests, placed_row& place) {
    instant_ns last_no_sent_at = std::numeric_limits<instant_ns>::min();
    for (const request& q : requests)
      if (q.what == outcome::sold_out || q.what == outcome::refused)
        last_no_sent_at = std::max(last_no_sent_at, q.invoked_at);
    bool heard_no = last_no_sent_at != std::numeric_limits<instant_ns>::min();
    for (const request& q : requests) {
      const instant_ns settled_at = std::max(q.answered_at, q.invoked_at + given_.unknown_settles_after_ns);
      const bool may_have_caused =
          q.what == outcome::yes || (q.what == outcome::unknown && settled_at >= last_no_sent_at);
      if (may_have_caused) place.asked_at = std::min(place.asked_at, q.invoked_at);
      if (q.what == outcome::yes) place.heard_at = std::min(place.heard_at, q.answered_at);
    }
    if (place.asked_at != never) return;
    found_.add(heard_no ? 6 : 9, user_text(place.user) + " has a row (" + sequence_text(place.sequence) +
                                     ") and was told " + (heard_no ? "no, finally" : "that nothing was done"));
  }

  void judge_quantity() {
    const auto rows = static_cast<std::int64_t>(rows_.size());
    if (books_.issued_quantity != rows)
      found_.add(5, "the coupon says " + std::to_string(books_.issued_quantity) + " issued and has " +
                        std::to_string(rows) + " rows");
    if (!books_.total_quantity) return;
    const std::int64_t total = *books_.total_quantity;
    if (rows > total) found_.add(1, std::to_string(rows) + " issues of " + std::to_string(total));
    if (one_history() && users_that_reached_the_gate_ >= total && rows < total)
      found_.add(4, std::to_string(users_that_reached_the_gate_) + " users asked for " + std::to_string(total) +
                        " coupons and only " + std::to_string(rows) + " were issued");
  }

  /// Rows are sorted by sequence: each is its own, from 1 on, without a gap.
  void judge_sequences() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::int32_t sequence = rows_[i].sequence;
      if (i > 0 && rows_[i - 1].sequence == sequence)
        found_.add(2, user_text(rows_[i - 1].user) + " and " + user_text(rows_[i].user) + " both have " +
                          sequence_text(sequence));
      if (sequence < 1 || (books_.total_quantity && sequence > *books_.total_quantity))
        found_.add(2, user_text(rows_[i].user) + " has " + sequence_text(sequence) + ", out of range");
    }
    if (!rows_.empty() && static_cast<std::size_t>(rows_.back().sequence) != rows_.size())
      found_.add(5, "the highest sequence is " + std::to_string(rows_.back().sequence) + " of " +
                        std::to_string(rows_.size()) + " rows");
  }

  /// Rows are sorted by sequence. Who heard yes before somebody with a lower place had even asked was overtaken; the
  /// latest asker among the lower places is the one to compare with.
  void judge_order() {
    if (given_.gate_lost_at) return;
    const placed_row* latest = nullptr;
    for (const placed_row& r : rows_) {
      if (latest != nullptr && r.heard_at < latest->asked_at)
        found_.add(7, user_text(r.user) + " heard of " + sequence_text(r.sequence) + " before " +
                          user_text(latest->user) + " asked, who got " + sequence_text(latest->sequence));
      if (r.asked_at != never && (latest == nullptr || r.asked_at > latest->asked_at)) latest = &r;
    }
  }

  /// Everybody who has a row must have asked before the first "sold out" was heard.
  void judge_sold_out() {
    if (first_sold_out_ == never || !one_history()) return;
    if (!books_.total_quantity) return found_.add(8, "an unlimited coupon was sold out");
    const auto asked =
        std::count_if(rows_.begin(), rows_.end(), [&](const placed_row& r) { return r.asked_at <= first_sold_out_; });
    if (asked < *books_.total_quantity)
      found_.add(8, "sold out was said when at most " + std::to_string(asked) + " of " +
                        std::to_string(*books_.total_quantity) + " could be gone");
  }

  std::vector<request> history_;
  std::vector<placed_row> rows_;
  const books& books_;
  const assumptions& given_;
  findings& found_;
  std::int64_t users_that_reached_the_gate_ = 0;
  instant_ns first_sold_out_ = never;
};

}  // namespace

std::vector<broken_promise> audit(std::span<const request> history, const books& final_books, const assumptions& given,
                                  std::size_t examples_max) {
  findings found(examples_max);
  judge(history, final_books, given, found).run();
  return found.take();
}

}  // namespace firstcome::auditor
