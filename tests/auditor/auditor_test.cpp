// Planted violations, one small history each: what was issued, and what each user was told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "auditor/planted.hpp"

namespace firstcome::auditor {
namespace {

using ::testing::IsEmpty;

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
      {"another place", [](scene& s) { hear(s, asked(1, 70, 80, outcome::yes, 2)); }, {2, 3, 6}},
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
      {"a late answer, which nothing excuses",
       [](scene& s) {
         s.given.answer_within_ns = 10;
         s.given.silences = {disturbance{}};
         hear(s, asked(4, 70, 90, outcome::overloaded));
       },
       {10}},
  });
}

TEST(auditor, names_a_few_examples_and_counts_the_rest) {
  scene s = three_in_a_row();
  s.final_books.rows.clear();
  const auto found = audit(s.history, s.final_books, s.given, 2);
  const auto third = std::count_if(found.begin(), found.end(), [](const auto& f) { return f.promise == 3; });
  EXPECT_EQ(third, 3);
}

TEST(auditor, finds_who_was_let_in_past_a_quantity_that_was_raised_again) {
  const auto lower_and_raise = [](scene& s, instant_ns lowered_at) {
    s.given.first_total = 3;
    s.given.quantity_changes = {{.invoked_at = lowered_at - 1, .answered_at = lowered_at, .total = 1},
                                {.invoked_at = 70, .answered_at = 75, .total = 3}};
  };
  expect_found({
      {"before they asked", [&](scene& s) { lower_and_raise(s, 25); }, {1}},
      {"after they were in, when it should have been refused", [&](scene& s) { lower_and_raise(s, 65); }, {1}},
      {"while the last one asked, when one of the two should have been",
       [&](scene& s) { lower_and_raise(s, 55); },
       {1}},
      {"without a word to who is in",
       [&](scene& s) {
         lower_and_raise(s, 25);
         s.history.resize(1);
         hear(s, asked(2, 30, 40, outcome::unknown));
         hear(s, asked(3, 50, 60, outcome::unknown));
       },
       {}},
  });
}

TEST(auditor, finds_silence_that_nothing_explains) {
  const auto hears_nothing = [](scene& s, std::optional<std::vector<disturbance>> silences) {
    s.given.answer_within_ns = 50;
    s.given.silences = std::move(silences);
    hear(s, asked(4, 100, 200, outcome::unknown));
  };
  using list = std::vector<disturbance>;
  expect_found({
      {"nothing went wrong", [&](scene& s) { hears_nothing(s, list{}); }, {10}},
      {"long before",
       [&](scene& s) {
         hears_nothing(s, list{{10, 20}});
       },
       {10}},
      {"its node was killed",
       [&](scene& s) {
         hears_nothing(s, list{{150, 160}});
       },
       {}},
      {"nobody knows", [&](scene& s) { hears_nothing(s, std::nullopt); }, {}},
      {"unknown in time",
       [](scene& s) {
         s.given.answer_within_ns = 50;
         s.given.silences.emplace();
         hear(s, asked(4, 100, 140, outcome::unknown));
       },
       {}},
  });
}

}  // namespace
}  // namespace firstcome::auditor
