#include "auditor/auditor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace firstcome::auditor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int32_t total = 50;
constexpr std::int64_t users = 200;

struct scene {
  std::vector<request> history;
  books final_books;
};

/// What an honest server does: requests overlap, each takes effect at one instant between sending and answer, and the
/// first `total` users in the order of those instants are in. Some answers get lost, and those users ask again.
scene honest_scene(unsigned seed) {
  std::mt19937 random(seed);
  const auto up_to = [&](std::int64_t n) { return std::uniform_int_distribution<std::int64_t>(1, n)(random); };
  struct step {
    request asked;
    instant_ns effect_at;
  };
  std::vector<step> steps;
  for (std::int64_t user = 1; user <= users; ++user) {
    const instant_ns sent = up_to(10'000);
    const instant_ns effect = sent + up_to(300);
    steps.push_back({{.user = user, .invoked_at = sent, .answered_at = effect + up_to(300)}, effect});
    if (user % 3 != 0) continue;  // a third asks a second time, most of them before the first answer came
    const instant_ns again = sent + up_to(900);
    steps.push_back({{.user = user, .invoked_at = again, .answered_at = again + 400}, again + up_to(300)});
  }
  std::sort(steps.begin(), steps.end(), [](const step& a, const step& b) { return a.effect_at < b.effect_at; });

  scene s{.history = {}, .final_books = {.total_quantity = total, .issued_quantity = 0, .rows = {}}};
  for (step& now : steps) {
    auto& rows = s.final_books.rows;
    auto mine = std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.user == now.asked.user; });
    if (mine == rows.end() && rows.size() < static_cast<std::size_t>(total))
      mine = rows.insert(rows.end(), {now.asked.user, static_cast<std::int32_t>(rows.size() + 1)});
    now.asked.what = mine == rows.end() ? outcome::sold_out : outcome::yes;
    if (mine != rows.end()) now.asked.sequence = mine->sequence;
    if (now.asked.user % 7 == 0 && up_to(2) == 1)
      now.asked = {now.asked.user, now.asked.invoked_at, now.asked.answered_at};
    s.history.push_back(now.asked);
  }
  s.final_books.issued_quantity = static_cast<std::int64_t>(s.final_books.rows.size());
  return s;
}

std::set<int> broken_in(const scene& s, const assumptions& given = {}) {
  std::set<int> promises;
  for (const auto& found : audit(s.history, s.final_books, given)) promises.insert(found.promise);
  return promises;
}

/// Users 1 to 3, one after the other, each answered before the next asked, with sequences 1 to 3 of three.
scene three_in_a_row() {
  return {.history = {{.user = 1, .invoked_at = 10, .answered_at = 20, .what = outcome::yes, .sequence = 1},
                      {.user = 2, .invoked_at = 30, .answered_at = 40, .what = outcome::yes, .sequence = 2},
                      {.user = 3, .invoked_at = 50, .answered_at = 60, .what = outcome::yes, .sequence = 3}},
          .final_books = {.total_quantity = 3, .issued_quantity = 3, .rows = {{1, 1}, {2, 2}, {3, 3}}}};
}

request asked(std::int64_t user, instant_ns from, instant_ns to, outcome what, std::int32_t sequence = 0) {
  return {.user = user, .invoked_at = from, .answered_at = to, .what = what, .sequence = sequence};
}

TEST(auditor, finds_nothing_in_honest_histories) {
  for (unsigned seed = 1; seed <= 300; ++seed) ASSERT_THAT(broken_in(honest_scene(seed)), IsEmpty()) << "seed " << seed;
  EXPECT_THAT(broken_in(three_in_a_row()), IsEmpty());
}

TEST(auditor, finds_one_issue_too_many) {
  scene s = three_in_a_row();
  s.final_books.total_quantity = 2;
  EXPECT_THAT(broken_in(s), Contains(1));
}

TEST(auditor, finds_a_user_with_two_rows) {
  scene s = three_in_a_row();
  s.final_books.total_quantity = 4;
  s.final_books.issued_quantity = 4;
  s.final_books.rows.push_back({2, 4});
  EXPECT_THAT(broken_in(s), ElementsAre(2));
}

TEST(auditor, finds_a_sequence_given_twice) {
  scene s = three_in_a_row();
  s.final_books.rows[2].sequence = 2;
  EXPECT_THAT(broken_in(s), Contains(2));
}

TEST(auditor, finds_a_sequence_out_of_range) {
  scene s = three_in_a_row();
  s.history[0].sequence = s.final_books.rows[0].sequence = 0;
  EXPECT_THAT(broken_in(s), ElementsAre(2));
}

TEST(auditor, finds_a_yes_without_a_row) {
  scene s = three_in_a_row();
  s.final_books.rows.pop_back();
  s.final_books.issued_quantity = 2;
  EXPECT_THAT(broken_in(s), Contains(3));
}

TEST(auditor, finds_a_yes_whose_row_has_another_sequence) {
  scene s = three_in_a_row();
  std::swap(s.final_books.rows[0].sequence, s.final_books.rows[1].sequence);
  EXPECT_THAT(broken_in(s), Contains(3));
}

TEST(auditor, finds_coupons_left_over_though_enough_users_asked) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::sold_out);
  s.final_books.rows.pop_back();
  s.final_books.issued_quantity = 2;
  EXPECT_THAT(broken_in(s), ElementsAre(4, 8));
}

TEST(auditor, does_not_count_users_that_never_got_through_as_having_asked) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::overloaded);
  s.final_books.rows.pop_back();
  s.final_books.issued_quantity = 2;
  EXPECT_THAT(broken_in(s), IsEmpty());
}

TEST(auditor, finds_a_counter_that_disagrees_with_the_rows) {
  scene s = three_in_a_row();
  s.final_books.issued_quantity = 2;
  EXPECT_THAT(broken_in(s), ElementsAre(5));
}

TEST(auditor, finds_a_gap_between_sequences) {
  scene s = three_in_a_row();
  s.final_books.total_quantity = 4;
  s.history[2].sequence = s.final_books.rows[2].sequence = 4;
  EXPECT_THAT(broken_in(s), ElementsAre(5));
}

TEST(auditor, finds_a_row_of_somebody_who_never_asked) {
  scene s = three_in_a_row();
  s.history.pop_back();
  EXPECT_THAT(broken_in(s), ElementsAre(5));
}

TEST(auditor, finds_a_winner_who_is_told_another_sequence_when_asking_again) {
  scene s = three_in_a_row();
  s.history.push_back(asked(1, 70, 80, outcome::yes, 2));
  EXPECT_THAT(broken_in(s), Contains(6));
}

TEST(auditor, finds_a_winner_who_is_told_no_when_asking_again) {
  scene s = three_in_a_row();
  s.history.push_back(asked(1, 70, 80, outcome::sold_out));
  EXPECT_THAT(broken_in(s), ElementsAre(6));
  s.history.back() = asked(1, 70, 80, outcome::refused);
  EXPECT_THAT(broken_in(s), ElementsAre(6));
}

TEST(auditor, finds_a_row_of_somebody_who_was_told_no) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::refused);
  EXPECT_THAT(broken_in(s), ElementsAre(6));
}

TEST(auditor, finds_a_lost_request_carried_out_after_its_user_was_told_no_finally) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::unknown);
  s.history.push_back(asked(3, 200, 210, outcome::refused));
  EXPECT_THAT(broken_in(s, {.unknown_settles_after_ns = 100}), ElementsAre(6));
  EXPECT_THAT(broken_in(s, {.unknown_settles_after_ns = 1000}), IsEmpty()) << "it may have been on its way still";
}

TEST(auditor, finds_a_later_user_with_an_earlier_place) {
  scene s = three_in_a_row();
  std::swap(s.history[1].sequence, s.history[2].sequence);
  std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
  EXPECT_THAT(broken_in(s), ElementsAre(7));
}

TEST(auditor, lets_requests_that_overlapped_be_in_either_order) {
  scene s = three_in_a_row();
  s.history[1].answered_at = s.history[2].invoked_at;
  std::swap(s.history[1].sequence, s.history[2].sequence);
  std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
  EXPECT_THAT(broken_in(s), IsEmpty());
}

TEST(auditor, finds_one_overtaking_among_many_users) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    scene s = honest_scene(seed);
    request& last = *std::max_element(s.history.begin(), s.history.end(), [](const request& a, const request& b) {
      return (a.what == outcome::yes ? a.sequence : 0) < (b.what == outcome::yes ? b.sequence : 0);
    });
    for (request& q : s.history)  // everybody else with a place had heard of it before the last one asked
      if (q.what == outcome::yes && q.user != last.user) q.answered_at = std::min(q.answered_at, last.invoked_at - 1);
    const std::int64_t late_user = last.user;
    for (request& q : s.history) {
      if (q.what != outcome::yes) continue;
      q.sequence = q.user == late_user ? 1 : q.sequence + 1;
      if (q.user == late_user) q.invoked_at = std::max(q.invoked_at, last.invoked_at);
    }
    for (row& r : s.final_books.rows) r.sequence = r.user == late_user ? 1 : r.sequence + 1;
    ASSERT_THAT(broken_in(s), Contains(7)) << "seed " << seed;
  }
}

TEST(auditor, finds_sold_out_said_too_early) {
  scene s = three_in_a_row();
  s.history.push_back(asked(4, 41, 49, outcome::sold_out));
  EXPECT_THAT(broken_in(s), ElementsAre(8));
  EXPECT_THAT(broken_in(s, {.quantity_was_constant = false}), IsEmpty()) << "the third may have been added later";
}

TEST(auditor, finds_an_unlimited_coupon_that_was_sold_out) {
  scene s = three_in_a_row();
  s.final_books.total_quantity.reset();
  s.history.push_back(asked(4, 70, 80, outcome::sold_out));
  EXPECT_THAT(broken_in(s), ElementsAre(8));
}

TEST(auditor, finds_a_row_of_somebody_who_was_told_that_nothing_was_done) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::overloaded);
  EXPECT_THAT(broken_in(s), ElementsAre(9));
}

TEST(auditor, accepts_a_row_of_somebody_whose_answer_was_lost) {
  scene s = three_in_a_row();
  s.history[2] = asked(3, 50, 60, outcome::unknown);
  EXPECT_THAT(broken_in(s), IsEmpty());
}

// User 3 was told 3 and has no row: forgiven if that was asked before the gate lost it. What may never be is not.
TEST(auditor, forgives_what_was_answered_before_the_gate_lost_its_state) {
  scene s = three_in_a_row();
  const instant_ns told_at = s.history[2].invoked_at;
  s.final_books.rows[2].user = 4;
  s.history.push_back(asked(4, 70, 80, outcome::yes, 3));
  EXPECT_THAT(broken_in(s, {.gate_lost_at = told_at + 1}), IsEmpty());
  EXPECT_THAT(broken_in(s, {.gate_lost_at = told_at}), ElementsAre(3));
  s.final_books.rows.push_back({.user = 1, .sequence = 4});
  EXPECT_THAT(broken_in(s, {.gate_lost_at = told_at + 1}), ElementsAre(1, 2, 5));
}

TEST(auditor, names_a_few_examples_and_counts_the_rest) {
  scene s = honest_scene(1);
  s.final_books.rows.clear();
  const auto found = audit(s.history, s.final_books, {}, 2);
  const auto third = std::count_if(found.begin(), found.end(), [](const auto& f) { return f.promise == 3; });
  EXPECT_EQ(third, 3);
}

}  // namespace
}  // namespace firstcome::auditor
