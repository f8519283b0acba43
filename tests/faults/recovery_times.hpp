#pragma once

// How long after each fault the first new coupon was given out again. A "no" and a yes that was given before do not
// count: a node may know them without asking anybody. Not thread safe.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faults/fault_schedule.hpp"
#include "faults/steady_crowd.hpp"

namespace firstcome::faults {

/// A fault as it happened, and at which doors it could be felt.
struct endured_fault {
  fault what = {};
  steady_time began = {};
  steady_time ended = {};
  std::vector<std::size_t> doors = {};
};

class recovery_times {
 public:
  /// `history` may be in any order.
  void add(const std::vector<endured_fault>& faults, const std::vector<heard>& history);
  void add(const recovery_times& more);
  /// One line for each kind and target: how often; p50 and longest times from the fault's beginning; and those from its
  /// end, of the faults after which no other one was in the way.
  std::string table() const;

 private:
  struct times {
    std::size_t count = 0;
    std::vector<double> from_end_ms;
    std::vector<double> from_begin_ms;
  };
  std::map<std::string, times> by_kind_;
};

}  // namespace firstcome::faults
