#pragma once

// What may happen to an issue after the yes: it is used, the use is undone, it is returned. One pure rule for both
// shapes; whoever stores it applies the rule to the row and writes the result in one transaction.
//
// Each step may be asked again: who repeats it hears the same record, and `changed` is false. docs/life.md has the
// picture.

#include <string>
#include <variant>

#include "domain/error.hpp"
#include "domain/issue.hpp"

namespace firstcome {

inline constexpr std::size_t order_id_length_max = 64;        // visible ASCII characters
inline constexpr std::size_t return_reason_length_max = 200;  // characters

struct use_step {
  std::int32_t order_amount = 0;
  std::string order_id = {};  // empty: the order was not named; then a second use is never the same
};
struct undo_use_step {
  std::string order_id = {};
};
struct return_step {
  std::string reason = {};
};
using issue_step = std::variant<use_step, undo_use_step, return_step>;

/// An issue as it is stored, with what no answer shows.
struct stored_issue {
  issue_record record;
  std::string order_id = {};  // of the order that used it; empty: not named, or not used
};

struct issue_after_step {
  stored_issue issue;
  bool changed = false;  // false: it was so already
};

/// Errors: already_used, below_minimum, used_by_another_order, returned.
result<issue_after_step> after_step(const stored_issue& before, const issue_step& step,
                                    std::int32_t min_available_amount, timestamp now);

}  // namespace firstcome
