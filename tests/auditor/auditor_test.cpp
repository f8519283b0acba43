#include "auditor/auditor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "auditor/honest_coupon.hpp"

namespace firstcome::auditor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

request asked(std::int64_t user, instant_ns from, instant_ns to, outcome what, std::int32_t sequence = 0) {
  return {.user = user, .invoked_at = from, .answered_at = to, .what = what, .sequence = sequence};
}

/// Users 1 to 3, one after the other, each answered before the next asked, with sequences 1 to 3 of three.
scene three_in_a_row() {
  return {.history = {asked(1, 10, 20, outcome::yes, 1), asked(2, 30, 40, outcome::yes, 2),
                      asked(3, 50, 60, outcome::yes, 3)},
          .final_books = {.total_quantity = 3, .issued_quantity = 3, .rows = {{1, 1}, {2, 2}, {3, 3}}},
          .given = {.unknown_settles_after_ns = 100, .sold_out_lease_ns = 5}};
}

std::set<int> broken_in(const scene& s) {
  std::set<int> promises;
  for (const auto& found : audit(s.history, s.final_books, s.given)) promises.insert(found.promise);
  return promises;
}

void hear(scene& s, const request& q) {
  s.history.push_back(q);
}
void take_back_row(scene& s) {
  s.final_books.rows.pop_back();
  --s.final_books.issued_quantity;
}

/// What is done to three_in_a_row, and the promises that it breaks: none where it may be.
struct planted {
  const char* name;
  std::function<void(scene&)> plant;
  std::set<int> broken;
};

void expect_found(const std::vector<planted>& table) {
  for (const planted& one : table) {
    scene s = three_in_a_row();
    one.plant(s);
    EXPECT_EQ(broken_in(s), one.broken) << one.name;
  }
}

TEST(auditor, finds_nothing_in_an_honest_history) {
  EXPECT_THAT(broken_in(three_in_a_row()), IsEmpty());
}

TEST(auditor, finds_rows_that_may_not_be) {
  expect_found({
      {"one issue too many", [](scene& s) { s.final_books.total_quantity = 2; }, {1, 2}},
      {"a user with two rows",
       [](scene& s) {
         s.final_books = {.total_quantity = 4, .issued_quantity = 4, .rows = {{1, 1}, {2, 2}, {3, 3}, {2, 4}}};
       },
       {2}},
      {"a sequence given twice", [](scene& s) { s.history[2].sequence = s.final_books.rows[2].sequence = 2; }, {2, 5}},
      {"a sequence out of range", [](scene& s) { s.history[0].sequence = s.final_books.rows[0].sequence = 0; }, {2}},
      {"a counter that disagrees with the rows", [](scene& s) { s.final_books.issued_quantity = 2; }, {5}},
      {"a dead letter that keeps its place",
       [](scene& s) {
         s.final_books.issued_quantity = 2;
         s.final_books.open_dead_letters = 1;
       },
       {}},
      {"a gap between sequences",
       [](scene& s) {
         s.final_books.total_quantity = 4;
         s.history[2].sequence = s.final_books.rows[2].sequence = 4;
       },
       {5}},
      {"a row of somebody who never asked", [](scene& s) { s.history.pop_back(); }, {5}},
  });
}

TEST(auditor, finds_a_yes_that_was_not_kept) {
  expect_found({
      {"no row", take_back_row, {3, 4}},
      {"another place",
       [](scene& s) { std::swap(s.final_books.rows[0].sequence, s.final_books.rows[1].sequence); },
       {3}},
  });
}

TEST(auditor, finds_coupons_left_over_though_enough_users_asked) {
  expect_found({
      {"the third was sent away",
       [](scene& s) {
         s.history[2] = asked(3, 50, 60, outcome::sold_out);
         take_back_row(s);
       },
       {4, 8}},
      {"the third never got through",
       [](scene& s) {
         s.history[2] = asked(3, 50, 60, outcome::overloaded);
         take_back_row(s);
       },
       {}},
      {"an operator raised, and nobody asked since",
       [](scene& s) {
         s.given.first_total = 3;
         s.given.quantity_changes = {{.invoked_at = 90, .answered_at = 95, .total = 4}};
         s.final_books.total_quantity = 4;
         hear(s, asked(4, 70, 80, outcome::sold_out));
       },
       {}},
      {"an operator raised, and one who asked since was sent away",
       [](scene& s) {
         s.given.first_total = 3;
         s.given.quantity_changes = {{.invoked_at = 61, .answered_at = 65, .total = 4}};
         s.final_books.total_quantity = 4;
         hear(s, asked(4, 70, 80, outcome::sold_out));
       },
       {4, 8}},
      {"the same while nobody answered the operator",
       [](scene& s) {
         s.given.first_total = 3;
         s.given.quantity_changes = {{.invoked_at = 61, .total = 4}};
         s.final_books.total_quantity = 4;
         hear(s, asked(4, 70, 80, outcome::sold_out));
       },
       {}},
      {"an operator lowered to what is there",
       [](scene& s) {
         s.given.first_total = 9;
         s.given.quantity_changes = {{.invoked_at = 61, .answered_at = 65, .total = 3}};
         hear(s, asked(4, 63, 64, outcome::sold_out));
       },
       {}},
  });
}

TEST(auditor, finds_that_asking_again_was_not_safe) {
  expect_found({
      {"another place", [](scene& s) { hear(s, asked(1, 70, 80, outcome::yes, 2)); }, {3, 6}},
      {"sold out", [](scene& s) { hear(s, asked(1, 70, 80, outcome::sold_out)); }, {6}},
      {"a no of whatever kind", [](scene& s) { hear(s, asked(1, 70, 80, outcome::refused)); }, {6}},
      {"ended", [](scene& s) { hear(s, asked(1, 70, 80, outcome::ended)); }, {6}},
      {"a lost request, carried out after a no",
       [](scene& s) {
         s.history[2] = asked(3, 50, 60, outcome::unknown);
         hear(s, asked(3, 200, 210, outcome::refused));
       },
       {6}},
      {"a lost request that may have been on its way still",
       [](scene& s) {
         s.history[2] = asked(3, 50, 60, outcome::unknown);
         hear(s, asked(3, 140, 145, outcome::refused));
       },
       {}},
  });
}

TEST(auditor, finds_a_later_user_with_an_earlier_place) {
  const auto swap_second_and_third = [](scene& s) {
    std::swap(s.history[1].sequence, s.history[2].sequence);
    std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
  };
  expect_found({
      {"who asked after the other had heard", swap_second_and_third, {7}},
      {"who asked at the same time",
       [&](scene& s) {
         swap_second_and_third(s);
         s.history[1].answered_at = s.history[2].invoked_at;
       },
       {}},
      {"who never heard of it",
       [&](scene& s) {
         swap_second_and_third(s);
         s.history[2].what = outcome::unknown;
       },
       {7}},
  });
}

TEST(auditor, finds_sold_out_said_while_there_were_some) {
  expect_found({
      {"too early", [](scene& s) { hear(s, asked(4, 41, 49, outcome::sold_out)); }, {8}},
      {"at the last instant at which it may be", [](scene& s) { hear(s, asked(4, 41, 50, outcome::sold_out)); }, {}},
      {"of an unlimited coupon",
       [](scene& s) {
         s.final_books.total_quantity.reset();
         hear(s, asked(4, 70, 80, outcome::sold_out));
       },
       {8}},
      {"while an operator raised",
       [](scene& s) {
         s.given.first_total = 1;
         s.given.quantity_changes = {{.invoked_at = 22, .answered_at = 29, .total = 3}};
         hear(s, asked(4, 21, 25, outcome::sold_out));
         hear(s, asked(5, 29, 33, outcome::sold_out));
       },
       {}},
      {"after an operator had raised",
       [](scene& s) {
         s.given.first_total = 1;
         s.given.quantity_changes = {{.invoked_at = 22, .answered_at = 29, .total = 3}};
         hear(s, asked(5, 30, 33, outcome::sold_out));
       },
       {8}},
      {"before an operator lowered",
       [](scene& s) {
         s.given.quantity_changes = {{.invoked_at = 22, .answered_at = 29, .total = 3}};
         hear(s, asked(5, 12, 21, outcome::sold_out));
       },
       {8}},
  });
}

TEST(auditor, finds_a_gate_whose_clock_runs_back) {
  expect_found({
      {"not started, after a yes", [](scene& s) { hear(s, asked(4, 21, 29, outcome::not_started)); }, {8}},
      {"not started, before a yes", [](scene& s) { hear(s, asked(4, 20, 29, outcome::not_started)); }, {}},
      {"a yes after ended", [](scene& s) { hear(s, asked(4, 41, 49, outcome::ended)); }, {8}},
      {"a yes at the same time as ended", [](scene& s) { hear(s, asked(4, 41, 50, outcome::ended)); }, {}},
      {"an old yes after ended",
       [](scene& s) {
         hear(s, asked(4, 61, 65, outcome::ended));
         hear(s, asked(1, 70, 80, outcome::yes, 1));
       },
       {}},
      {"a row that nobody heard of, after ended",
       [](scene& s) {
         s.history[2].what = outcome::unknown;
         hear(s, asked(4, 41, 49, outcome::ended));
       },
       {8}},
      {"sold out after ended",
       [](scene& s) {
         hear(s, asked(4, 61, 65, outcome::ended));
         hear(s, asked(5, 70, 80, outcome::sold_out));
       },
       {8}},
      {"not started after ended",
       [](scene& s) {
         s = {.history = {asked(1, 10, 20, outcome::ended), asked(2, 30, 40, outcome::not_started)},
              .final_books = {.total_quantity = 3}};
       },
       {8}},
      {"a yes after ended, and an operator opened the window again",
       [](scene& s) {
         s.given.window_changes = {{.invoked_at = 49, .answered_at = 50}};
         hear(s, asked(4, 41, 48, outcome::ended));
       },
       {}},
      {"an operator whom nobody answered",
       [](scene& s) {
         s.given.window_changes = {{.invoked_at = 5}};
         hear(s, asked(4, 41, 48, outcome::ended));
       },
       {}},
  });
}

TEST(auditor, holds_the_gate_to_the_window_where_it_knows_it) {
  const auto window = [](scene& s, instant_ns start, instant_ns end) {
    s.given.window = issue_window{.start = start, .end = end, .slack_ns = 5};
  };
  expect_found({
      {"all inside", [&](scene& s) { window(s, 25, 45); }, {}},
      {"let in too early", [&](scene& s) { window(s, 26, 100); }, {8}},
      {"let in too late", [&](scene& s) { window(s, 0, 44); }, {8}},
      {"not started in the window",
       [&](scene& s) {
         window(s, 3, 100);
         hear(s, asked(4, 9, 19, outcome::not_started));
       },
       {8}},
      {"ended in the window",
       [&](scene& s) {
         window(s, 0, 100);
         hear(s, asked(4, 61, 94, outcome::ended));
       },
       {8}},
      {"ended and not started at the edges",
       [&](scene& s) {
         window(s, 3, 100);
         hear(s, asked(4, 8, 19, outcome::not_started));
         hear(s, asked(4, 61, 95, outcome::ended));
       },
       {}},
      {"a window that an operator changed",
       [&](scene& s) {
         window(s, 26, 44);
         s.given.window_changes = {{.invoked_at = 1, .answered_at = 2}};
       },
       {}},
  });
}

TEST(auditor, finds_pauses_that_are_none_and_such_as_are_not_kept) {
  expect_found({
      {"nobody paused", [](scene& s) { hear(s, asked(4, 41, 49, outcome::paused)); }, {8}},
      {"somebody did",
       [](scene& s) {
         s.given.pauses = {{.invoked_at = 45, .answered_at = 46},
                           {.invoked_at = 47, .answered_at = 48, .paused = false}};
         hear(s, asked(4, 41, 45, outcome::paused));
         hear(s, asked(5, 48, 49, outcome::paused));
       },
       {}},
      {"before and after it",
       [](scene& s) {
         s.given.pauses = {{.invoked_at = 45, .answered_at = 46},
                           {.invoked_at = 47, .answered_at = 48, .paused = false}};
         hear(s, asked(4, 49, 50, outcome::paused));
       },
       {8}},
      {"let in while it was paused", [](scene& s) { s.given.pauses = {{.invoked_at = 45, .answered_at = 49}}; }, {8}},
      {"let in while it was being paused",
       [](scene& s) { s.given.pauses = {{.invoked_at = 45, .answered_at = 50}}; },
       {}},
  });
}

TEST(auditor, finds_a_row_of_somebody_who_was_told_surely_not) {
  expect_found({
      {"overloaded", [](scene& s) { s.history[2] = asked(3, 50, 60, outcome::overloaded); }, {9}},
      {"a no that should have been unknown", [](scene& s) { s.history[2] = asked(3, 50, 60, outcome::refused); }, {9}},
      {"sold out that should have been unknown",
       [](scene& s) { s.history[2] = asked(3, 50, 60, outcome::sold_out); },
       {9}},
      {"unknown", [](scene& s) { s.history[2] = asked(3, 50, 60, outcome::unknown); }, {}},
      {"overloaded, and unknown another time",
       [](scene& s) {
         s.history[2] = asked(3, 50, 60, outcome::overloaded);
         hear(s, asked(3, 61, 62, outcome::unknown));
       },
       {}},
  });
}

TEST(auditor, finds_answers_that_took_too_long) {
  expect_found({
      {"within the bound", [](scene& s) { s.given.answer_within_ns = 10; }, {}},
      {"past it", [](scene& s) { s.given.answer_within_ns = 9; }, {10}},
      {"given up",
       [](scene& s) {
         s.given.answer_within_ns = 10;
         hear(s, asked(4, 70, 90, outcome::unknown));
       },
       {}},
  });
}

// User 3 was told 3 and has no row; user 4, who asked later, got that place.
TEST(auditor, forgives_what_was_answered_before_the_gate_lost_its_state) {
  const auto lose_third = [](scene& s, std::vector<loss> when) {
    s.final_books.rows[2].user = 4;
    hear(s, asked(4, 70, 80, outcome::yes, 3));
    s.given.gate_lost_at = std::move(when);
  };
  expect_found({
      {"lost after it was told", [&](scene& s) { lose_third(s, {65}); }, {}},
      {"lost while it was told",
       [&](scene& s) {
         lose_third(s, {{15, 51}});
       },
       {}},
      {"lost before it was asked", [&](scene& s) { lose_third(s, {50}); }, {3}},
      {"twice",
       [&](scene& s) {
         lose_third(s, {25, 65});
       },
       {}},
      {"nobody lost anything", [&](scene& s) { lose_third(s, {}); }, {3}},
      {"of one whose place was not lost",
       [&](scene& s) {
         lose_third(s, {65});
         s.given.survivors = {1, 3};
       },
       {3}},
      {"one row too many all the same",
       [&](scene& s) {
         lose_third(s, {65});
         s.final_books.rows.push_back({1, 4});
       },
       {1, 2, 5}},
  });
}

TEST(auditor, judges_what_was_said_within_each_epoch) {
  expect_found({
      {"two places in one epoch",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         hear(s, asked(1, 61, 64, outcome::yes, 2));
       },
       {6}},
      {"two places in two epochs",
       [](scene& s) {
         s.given.gate_lost_at = {45};
         s.history[1].sequence = 3;
         hear(s, asked(2, 61, 64, outcome::yes, 2));
       },
       {}},
      {"a no after a yes that was lost",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         hear(s, asked(1, 80, 90, outcome::sold_out));
       },
       {}},
      {"a no after a yes that was lost, of one who lost nothing",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         s.given.survivors = {1};
         hear(s, asked(1, 80, 90, outcome::sold_out));
       },
       {6}},
      {"an order that was not kept in an epoch that was lost",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         std::swap(s.history[1].sequence, s.history[2].sequence);
       },
       {7}},
      {"an order that came about over a loss",
       [](scene& s) {
         s.given.gate_lost_at = {45};
         std::swap(s.history[1].sequence, s.history[2].sequence);
         std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
         hear(s, asked(2, 70, 80, outcome::yes, 3));
       },
       {}},
      {"sold out in the last epoch, while there were some",
       [](scene& s) {
         s.given.gate_lost_at = {35};
         hear(s, asked(4, 41, 49, outcome::sold_out));
       },
       {8}},
      {"sold out by heart, just after a loss",
       [](scene& s) {
         s.given.gate_lost_at = {37};
         s.given.survivors = {1};
         hear(s, asked(4, 38, 49, outcome::sold_out));
         hear(s, asked(5, 12, 16, outcome::unknown));
       },
       {}},
      {"sold out in a lost epoch, when too few had asked",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         hear(s, asked(4, 41, 49, outcome::sold_out));
       },
       {8}},
      {"left over after the last loss",
       [](scene& s) {
         s.given.gate_lost_at = {5};
         s.history[2] = asked(3, 50, 60, outcome::sold_out);
         take_back_row(s);
       },
       {4, 8}},
  });
}

TEST(auditor, names_a_few_examples_and_counts_the_rest) {
  scene s = three_in_a_row();
  s.final_books.rows.clear();
  const auto found = audit(s.history, s.final_books, s.given, 2);
  const auto third = std::count_if(found.begin(), found.end(), [](const auto& f) { return f.promise == 3; });
  EXPECT_EQ(third, 3);
}

}  // namespace
}  // namespace firstcome::auditor
