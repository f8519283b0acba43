// Planted violations of promise 8: refusals that are not true, and admissions that should have been refused.

#include <gtest/gtest.h>

#include "auditor/planted.hpp"

namespace firstcome::auditor {
namespace {

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

}  // namespace
}  // namespace firstcome::auditor
