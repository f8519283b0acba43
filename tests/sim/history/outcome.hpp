#pragma once

// What came of one history.

#include <string>
#include <vector>

#include "auditor/auditor.hpp"
#include "sim/history/plan.hpp"
#include "sim/history/planted.hpp"

namespace firstcome::sim {

struct outcome_of_history {
  std::vector<auditor::broken_promise> broken;   // all of it
  std::vector<auditor::broken_promise> accused;  // what of it the judge found by itself
  std::uint64_t trace_number = 0;                // the same for the same seed, always
  std::vector<std::string> trace_lines;          // when they were wanted
  std::size_t requests = 0;
  std::size_t events = 0;

  bool breaks(int promise) const;
  /// Both of them, in this order.
  void add(std::vector<auditor::broken_promise> by_the_judge, const std::vector<auditor::broken_promise>& noticed);
};

struct how_to_run {
  bool wants_trace = false;
  planted bug = planted::nothing;
};

/// Lets it happen, heals everything, waits until nothing is left to do, and judges. Never throws: what escapes from the
/// code under test is a broken promise too (number 0), and so is a history that comes to no end.
outcome_of_history happen(const plan& p, how_to_run how = {});

}  // namespace firstcome::sim
