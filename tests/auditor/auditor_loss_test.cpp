// What is forgiven when the gate lost what it had accepted, and what is not.

#include <gtest/gtest.h>

#include "auditor/planted.hpp"

namespace firstcome::auditor {
namespace {

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
      {"lost before it was asked", [&](scene& s) { lose_third(s, {50}); }, {2, 3}},
      {"twice",
       [&](scene& s) {
         lose_third(s, {25, 65});
       },
       {}},
      {"nobody lost anything", [&](scene& s) { lose_third(s, {}); }, {2, 3}},
      {"of one whose place was not lost",
       [&](scene& s) {
         lose_third(s, {65});
         s.given.survivors = {1, 3};
       },
       {2, 3}},
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
       {2, 6}},
      {"two users at one place, in an epoch that was lost",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         s.history[1].sequence = 1;
       },
       {2}},
      {"two users at one place, in two epochs",
       [](scene& s) {
         s.given.gate_lost_at = {25};
         s.final_books.rows[0].user = 4;
         hear(s, asked(4, 26, 29, outcome::yes, 1));
       },
       {}},
      {"a place beyond the quantity, in an epoch that was lost",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         s.history[2].sequence = 77;
       },
       {1, 2}},
      {"overtaken over a loss, one who lost nothing",
       [](scene& s) {
         s.given.gate_lost_at = {65};
         s.given.survivors = {3};
         s.final_books.rows[1].user = 4;
         hear(s, asked(4, 70, 80, outcome::yes, 2));
       },
       {7}},
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
      {"the same, of one who lost nothing",
       [](scene& s) {
         s.given.gate_lost_at = {45};
         s.given.survivors = {2};
         std::swap(s.history[1].sequence, s.history[2].sequence);
         std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
       },
       {7}},
      {"the same, when the other may have asked before",
       [](scene& s) {
         s.given.gate_lost_at = {45};
         s.given.survivors = {2};
         std::swap(s.history[1].sequence, s.history[2].sequence);
         std::swap(s.final_books.rows[1].sequence, s.final_books.rows[2].sequence);
         hear(s, asked(3, 32, 34, outcome::unknown));
       },
       {}},
      {"a survivor overtaken by one whose place was lost then",
       [](scene& s) {
         s.given.gate_lost_at = {45, 65};
         s.given.survivors = {2};
         s.history[1].sequence = 3;
         s.history[2].sequence = 2;
         s.final_books.rows = {{1, 1}, {4, 2}, {2, 3}};
         hear(s, asked(4, 31, 32, outcome::unknown));
       },
       {7}},
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

}  // namespace
}  // namespace firstcome::auditor
