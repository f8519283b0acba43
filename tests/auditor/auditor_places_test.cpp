// Planted violations in what users were told of their places, at any time: past the quantity that was in force then, or
// a place that somebody else holds.

#include <gtest/gtest.h>

#include "auditor/planted.hpp"

namespace firstcome::auditor {
namespace {

void change_total(scene& s, instant_ns asked_at, instant_ns answered_at, std::int32_t total) {
  s.given.quantity_changes.push_back({.invoked_at = asked_at, .answered_at = answered_at, .total = total});
}

// 10 at first, and 10 in the end.
TEST(auditor, finds_one_too_many_while_the_total_was_lower) {
  const auto lowered_to_1 = [](scene& s, instant_ns asked_at, instant_ns answered_at) {
    s.given.first_total = s.final_books.total_quantity = 10;
    change_total(s, asked_at, answered_at, 1);
    change_total(s, 1000, 1010, 10);
  };
  expect_found({
      {"let in after the operator was answered", [&](scene& s) { lowered_to_1(s, 21, 29); }, {1}},
      {"let in before, so that it should have been refused", [&](scene& s) { lowered_to_1(s, 70, 80); }, {1}},
      {"of somebody who heard nothing, and whose request has settled",
       [&](scene& s) {
         lowered_to_1(s, 41, 45);
         s.history[1].what = outcome::unknown;
         s.history.erase(s.history.begin() + 2);
         s.final_books = {.total_quantity = 10, .issued_quantity = 2, .rows = {{1, 1}, {2, 2}}};
       },
       {1}},
      {"of somebody who heard nothing, whose request may have been on its way when it was raised again",
       [&](scene& s) {
         lowered_to_1(s, 21, 25);
         s.given.quantity_changes[1].invoked_at = 130;
         s.history[1].what = outcome::unknown;
         s.history.erase(s.history.begin() + 2);
         s.final_books = {.total_quantity = 10, .issued_quantity = 2, .rows = {{1, 1}, {2, 2}}};
       },
       {}},
      {"nobody answered the operator", [&](scene& s) { lowered_to_1(s, 21, never); }, {}},
      {"raised again at the same time as they asked",
       [&](scene& s) {
         lowered_to_1(s, 21, 25);
         s.given.quantity_changes[1] = {.invoked_at = 39, .answered_at = 70, .total = 10};
       },
       {}},
      {"what was let in before had been lost",
       [&](scene& s) {
         lowered_to_1(s, 70, 80);
         s.given.gate_lost_at = {65};
         s.final_books.rows = {{1, 1}};
         s.final_books.issued_quantity = 1;
       },
       {}},
      {"of a place that no loss took",
       [&](scene& s) {
         lowered_to_1(s, 70, 80);
         s.given.gate_lost_at = {65};
         s.given.survivors = {2};
       },
       {1}},
      {"of a place that no loss took, told while the gate was lost",
       [&](scene& s) {
         lowered_to_1(s, 70, 80);
         s.given.gate_lost_at = {{35, 42}, 65};
         s.given.survivors = {2};
         s.final_books.rows = {{1, 1}, {2, 2}};
         s.final_books.issued_quantity = 2;
       },
       {1}},
      {"in an epoch that was lost",
       [&](scene& s) {
         lowered_to_1(s, 21, 25);
         s.given.gate_lost_at = {65};
         s.final_books.rows = {{1, 1}};
         s.final_books.issued_quantity = 1;
       },
       {1}},
      {"said while the gate was lost, perhaps by the one that was",
       [&](scene& s) {
         lowered_to_1(s, 21, 25);
         s.given.gate_lost_at = {{22, 55}};
         s.final_books.rows = {{1, 1}};
         s.final_books.issued_quantity = 1;
       },
       {}},
  });
}

// Nothing of it reached the ledger.
TEST(auditor, finds_places_that_cannot_be_also_in_an_epoch_that_was_lost) {
  const auto all_lost_at = [](scene& s, std::vector<loss> when) {
    s.given.gate_lost_at = std::move(when);
    s.final_books.rows.clear();
    s.final_books.issued_quantity = 0;
  };
  expect_found({
      {"all of them lost", [&](scene& s) { all_lost_at(s, {65}); }, {}},
      {"a place told to two",
       [&](scene& s) {
         all_lost_at(s, {65});
         s.history[2].sequence = 2;
       },
       {2}},
      {"a place past the quantity",
       [&](scene& s) {
         all_lost_at(s, {65});
         s.history[2].sequence = 77;
       },
       {1, 2}},
      {"a place past the quantity, asked for before a loss and heard of after it",
       [&](scene& s) {
         all_lost_at(s, {55, 65});
         s.history[2].sequence = 77;
       },
       {1, 2}},
      {"the place 0",
       [&](scene& s) {
         all_lost_at(s, {65});
         s.history[0].sequence = 0;
       },
       {2}},
      {"a place told to two, before and after a loss",
       [&](scene& s) {
         all_lost_at(s, {45, 65});
         s.history[2].sequence = 1;
       },
       {}},
      {"a place told to two, of which one asked before a loss and heard after it",
       [&](scene& s) {
         all_lost_at(s, {35, 65});
         s.history[1].sequence = 1;
         s.history[2].sequence = 1;
       },
       {}},
  });
}

TEST(auditor, finds_a_place_given_again_that_no_loss_took) {
  const auto given_again = [](scene& s, std::int32_t sequence) {
    s.given.gate_lost_at = {45, 65};
    s.history[2].sequence = sequence;
    s.final_books = {.total_quantity = 3, .issued_quantity = 2, .rows = {{1, 1}, {2, 2}}};
  };
  expect_found({
      {"of one who lost it", [&](scene& s) { given_again(s, 2); }, {}},
      {"of a survivor",
       [&](scene& s) {
         given_again(s, 2);
         s.given.survivors = {2};
       },
       {2}},
      {"of a survivor, before that one had it",
       [&](scene& s) {
         given_again(s, 3);
         s.history[0].sequence = 2;
         s.history[1].sequence = 1;
         s.given.gate_lost_at = {25, 65};
         s.given.survivors = {3};
         s.history[2].sequence = 2;
         s.final_books.rows = {{2, 1}, {3, 2}};
       },
       {}},
      {"of a survivor who heard of it while the gate was lost",
       [&](scene& s) {
         given_again(s, 2);
         s.given.gate_lost_at = {{35, 42}, 65};
         s.given.survivors = {2};
       },
       {2}},
  });
}

}  // namespace
}  // namespace firstcome::auditor
