#pragma once

// Was a promise broken? From what the crowd heard and the rows in the end, on promises 1 (no over-issue), 2 (one per
// user), 4 (no under-issue) and 5 (the books agree), and on whether every accepted user has a row. Sequences are not
// judged: most strategies have none. Pure.

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace firstcome::lab {

struct books {
  std::int64_t issued_quantity = 0;  // as the coupon itself states it
  std::vector<std::int64_t> users;   // of each row
};

struct evidence {
  std::int64_t quantity = 0;                       // how many there were to give out
  std::int64_t asked = 0;                          // different users who got an answer, yes or no
  std::unordered_set<std::int64_t> accepted = {};  // who heard yes
  books in_the_end = {};
};

struct judgement {
  std::int64_t over_issued = 0;   // rows beyond the quantity
  std::int64_t duplicates = 0;    // rows beyond one for each user
  std::int64_t under_issued = 0;  // coupons that somebody wanted and nobody got
  std::int64_t count_off = 0;     // issued_quantity less the rows
  std::int64_t lost = 0;          // accepted, and no row

  bool holds() const { return over_issued == 0 && duplicates == 0 && under_issued == 0 && count_off == 0 && lost == 0; }
};

judgement judge(const evidence& e);

/// "holds", or what is broken: "over-issued by 37, count off by -12".
std::string to_string(const judgement& j);

}  // namespace firstcome::lab
