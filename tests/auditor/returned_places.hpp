#pragma once

// How many places went back to the pool by when: at least, and at most. Each raises the last sequence that may be given
// by one. All zero where nothing is restocked.

#include <algorithm>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

class returned_places {
 public:
  returned_places(const books& final_books, const assumptions& given);

  /// By this instant somebody may have returned so many.
  std::int64_t perhaps_by(instant_ns at) const {
    return std::upper_bound(asked_at_.begin(), asked_at_.end(), at) - asked_at_.begin();
  }
  /// So many had heard that theirs is returned before `asked_at`, and nothing undid that until `heard_at`.
  std::int64_t surely_before(instant_ns asked_at, instant_ns heard_at) const;
  std::int64_t in_the_end() const { return in_the_end_; }
  /// When all that are returned in the end surely were; `never`: somebody heard nothing.
  instant_ns settled_at() const { return settled_at_; }

 private:
  struct sure {
    instant_ns asked_at;
    instant_ns heard_at;
  };
  std::vector<instant_ns> asked_at_;  // of each user's first that may have been done
  std::vector<sure> sure_;            // of each user's first that was answered, by heard_at
  std::vector<instant_ns> restored_at_;
  std::int64_t in_the_end_ = 0;
  instant_ns settled_at_ = std::numeric_limits<instant_ns>::min();
};

}  // namespace firstcome::auditor
