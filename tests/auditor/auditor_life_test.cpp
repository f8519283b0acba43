// Planted violations in what happened to issues after the yes: places that came back, and what was heard of steps.

#include <gtest/gtest.h>

#include "auditor/planted.hpp"

namespace firstcome::auditor {
namespace {

life_step step(std::int64_t user, step_kind kind, instant_ns from, instant_ns to, step_outcome what,
               std::int32_t order = 0) {
  return {.user = user, .kind = kind, .order = order, .invoked_at = from, .answered_at = to, .what = what};
}

void take(scene& s, const life_step& one) {
  s.given.steps.push_back(one);
}

/// User 2 gives sequence 2 back at 70 to 80, to the pool.
void give_back(scene& s, step_outcome heard = step_outcome::done) {
  s.given.restocks = true;
  take(s, step(2, step_kind::give_back, 70, 80, heard));
  s.final_books.rows[1].state = issue_state::returned;
  --s.final_books.issued_quantity;
}

void give_to(scene& s, std::int64_t user, std::int32_t sequence) {
  hear(s, asked(user, 90, 100, outcome::yes, sequence));
  s.final_books.rows.push_back({user, sequence});
  ++s.final_books.issued_quantity;
}

TEST(auditor_of_lives, finds_places_that_came_back_and_are_lost_or_given_twice) {
  expect_found({
      {"given to the next", [](scene& s) { give_back(s), give_to(s, 4, 4); }, {}},
      {"still free", [](scene& s) { give_back(s); }, {}},
      {"sold out after it was answered",
       [](scene& s) {
         give_back(s);
         hear(s, asked(4, 90, 100, outcome::sold_out));
       },
       {4, 8}},
      {"sold out before it was answered",
       [](scene& s) {
         give_back(s);
         hear(s, asked(4, 75, 100, outcome::sold_out));
       },
       {}},
      {"sold out, and nothing is restocked",
       [](scene& s) {
         give_back(s);
         s.given.restocks = false;
         hear(s, asked(4, 90, 100, outcome::sold_out));
       },
       {}},
      {"given, and nothing is restocked",
       [](scene& s) {
         give_back(s), give_to(s, 4, 4);
         s.given.restocks = false;
       },
       {1, 2}},
      {"given to two", [](scene& s) { give_back(s), give_to(s, 4, 4), give_to(s, 5, 5); }, {1, 2}},
      {"given, and the return was refused",
       [](scene& s) {
         give_back(s), give_to(s, 4, 4);
         s.given.steps[0].what = step_outcome::already_used;
         s.final_books.rows[1].state = issue_state::live;
         ++s.final_books.issued_quantity;
       },
       {1, 2, 9}},
      {"the same sequence once more, before who has the next",
       [](scene& s) { give_back(s), give_to(s, 4, 2); },
       {2, 5, 7}},
      {"counted as live",
       [](scene& s) {
         give_back(s);
         ++s.final_books.issued_quantity;
       },
       {5}},
  });
}

TEST(auditor_of_lives, finds_who_returned_and_is_given_another_one) {
  expect_found({
      {"hears that it was returned",
       [](scene& s) {
         give_back(s);
         hear(s, asked(2, 90, 100, outcome::returned));
       },
       {}},
      {"is given another one", [](scene& s) { give_back(s), give_to(s, 2, 4); }, {2, 3, 6}},
      {"hears the old yes after it was answered",
       [](scene& s) {
         give_back(s);
         hear(s, asked(2, 90, 100, outcome::yes, 2));
       },
       {9}},
      {"hears the old yes before it was answered",
       [](scene& s) {
         give_back(s);
         hear(s, asked(2, 75, 100, outcome::yes, 2));
       },
       {}},
      {"hears that it was returned when nobody returned it",
       [](scene& s) {
         hear(s, asked(2, 90, 100, outcome::returned));
         take(s, step(2, step_kind::look, 110, 120, step_outcome::unknown));
       },
       {9}},
  });
}

void use(scene& s, instant_ns from, instant_ns to, step_outcome what, std::int32_t order) {
  take(s, step(2, step_kind::use, from, to, what, order));
}
void ends_used(scene& s, std::int32_t order) {
  s.final_books.rows[1].state = issue_state::used;
  s.final_books.rows[1].order = order;
}

TEST(auditor_of_lives, finds_what_cannot_all_be_true) {
  constexpr step_outcome done = step_outcome::done;
  expect_found({
      {"used, and asked again",
       [](scene& s) {
         use(s, 70, 80, done, 1), use(s, 90, 100, done, 1);
         ends_used(s, 1);
       },
       {}},
      {"used by two orders",
       [](scene& s) {
         use(s, 70, 80, done, 1), use(s, 90, 100, done, 2);
         ends_used(s, 2);
       },
       {9}},
      {"used by two orders, one of which undid it",
       [](scene& s) {
         use(s, 70, 80, done, 1), use(s, 90, 110, done, 2);
         take(s, step(2, step_kind::undo_use, 85, 105, done, 1));
         ends_used(s, 2);
       },
       {}},
      {"already used, to the one who used it",
       [](scene& s) {
         use(s, 70, 80, done, 1), use(s, 90, 100, step_outcome::already_used, 1);
         ends_used(s, 1);
       },
       {6}},
      {"already used, and nobody had used it", [](scene& s) { use(s, 70, 80, step_outcome::already_used, 1); }, {9}},
      {"already used, by a call that heard nothing",
       [](scene& s) {
         use(s, 70, 80, step_outcome::unknown, 1), use(s, 90, 100, step_outcome::already_used, 2);
         ends_used(s, 1);
       },
       {}},
      {"a use that is gone", [](scene& s) { use(s, 70, 80, done, 1); }, {9}},
      {"a use that was surely not done, and was",
       [](scene& s) {
         use(s, 70, 80, step_outcome::overloaded, 1);
         ends_used(s, 1);
       },
       {9}},
      {"used when it was returned",
       [](scene& s) {
         give_back(s);
         use(s, 90, 100, done, 1);
       },
       {9}},
      {"no issue, to one who has it", [](scene& s) { use(s, 70, 80, step_outcome::no_issue, 1); }, {9}},
      {"a look that sees what is over",
       [](scene& s) {
         give_back(s);
         life_step look = step(2, step_kind::look, 90, 100, done);
         look.seen = issue_state::live;
         take(s, look);
       },
       {9}},
      {"undone by another order",
       [](scene& s) {
         use(s, 70, 80, done, 1);
         take(s, step(2, step_kind::undo_use, 90, 100, done, 2));
         ends_used(s, 1);
       },
       {9}},
      {"the ledger went back meanwhile",
       [](scene& s) {
         use(s, 70, 80, done, 1);
         s.given.ledger_restored_at = {85};
       },
       {}},
  });
}

}  // namespace
}  // namespace firstcome::auditor
