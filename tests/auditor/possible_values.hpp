#pragma once

// A setting that operators change while others look at it: which values may it have had at some instant of a span?
//
// A change may be in force from when it was asked for, and it surely is when it was answered. It is surely over once
// another one, asked for after that answer, was answered itself. One that nobody answered may come at any time.

#include <cstdint>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

class possible_values {
 public:
  struct change {
    instant_ns invoked_at;
    instant_ns answered_at;
    std::int64_t value;
  };

  possible_values(std::int64_t first, std::vector<change> changes);

  std::int64_t smallest(instant_ns from, instant_ns to) const;
  std::int64_t largest(instant_ns from, instant_ns to) const;
  /// At some instant of the span it was surely not above this.
  std::int64_t least_ceiling(instant_ns from, instant_ns to) const;
  /// From here on the last value is in force; `never` when a change was not answered.
  instant_ns settled_at() const { return settled_at_; }

 private:
  struct step {  // from here to the next one
    instant_ns from;
    std::int64_t smallest;
    std::int64_t largest;
  };
  std::vector<step>::const_iterator step_at(instant_ns at) const;

  std::vector<step> steps_;  // the first from the beginning of time
  instant_ns settled_at_;
};

}  // namespace firstcome::auditor
