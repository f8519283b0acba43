#pragma once

// A part of a list, and where the next part begins. Cursors are positions in a fixed order, not offsets: a page stays
// right while rows are added. `next` is absent on the last page.

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/coupon.hpp"
#include "domain/issue.hpp"

namespace firstcome {

constexpr int page_limit_min = 1;
constexpr int page_limit_max = 1000;
constexpr int page_limit_default = 100;

template <class Item, class Position>
struct page {
  std::vector<Item> items;
  std::optional<Position> next;
};

/// A user's issues stand newest first: by date_issued, then by the issue's id, both descending.
struct user_issue_position {
  timestamp date_issued;
  std::int64_t issue_row_id = 0;
};

using coupon_page = page<coupon, coupon_id>;                    // by id, ascending; items after `next`
using coupon_issue_page = page<issue_record, sequence_number>;  // by sequence, ascending; items after `next`
using user_issue_page = page<issue_record, user_issue_position>;

}  // namespace firstcome
