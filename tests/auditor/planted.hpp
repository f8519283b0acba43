#pragma once

// A small history in which every promise is kept, and tables of what is done to it: each line plants one thing and says
// which promises are broken by it.

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "auditor/auditor.hpp"
#include "auditor/honest_coupon.hpp"

namespace firstcome::auditor {

inline request asked(std::int64_t user, instant_ns from, instant_ns to, outcome what, std::int32_t sequence = 0) {
  return {.user = user, .invoked_at = from, .answered_at = to, .what = what, .sequence = sequence};
}

/// Users 1 to 3, one after the other, each answered before the next asked, with sequences 1 to 3 of three.
inline scene three_in_a_row() {
  return {.history = {asked(1, 10, 20, outcome::yes, 1), asked(2, 30, 40, outcome::yes, 2),
                      asked(3, 50, 60, outcome::yes, 3)},
          .final_books = {.total_quantity = 3, .issued_quantity = 3, .rows = {{1, 1}, {2, 2}, {3, 3}}},
          .given = {.unknown_settles_after_ns = 100, .sold_out_lease_ns = 5}};
}

inline std::set<int> broken_in(const scene& s) {
  std::set<int> promises;
  for (const auto& found : audit(s.history, s.final_books, s.given)) promises.insert(found.promise);
  return promises;
}

inline void hear(scene& s, const request& q) {
  s.history.push_back(q);
}
inline void take_back_row(scene& s) {
  s.final_books.rows.pop_back();
  --s.final_books.issued_quantity;
}

/// What is done to three_in_a_row, and the promises that it breaks: none where it may be.
struct planted {
  const char* name;
  std::function<void(scene&)> plant;
  std::set<int> broken;
};

inline void expect_found(const std::vector<planted>& table) {
  for (const planted& one : table) {
    scene s = three_in_a_row();
    one.plant(s);
    EXPECT_EQ(broken_in(s), one.broken) << one.name;
  }
}

}  // namespace firstcome::auditor
