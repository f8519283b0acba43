#pragma once

// Is there an order in which everything that one user sent may have been carried out, each call between its sending and
// its answer, so that everybody heard the truth and the row is as it is in the end? (Wing and Gong, "Testing and
// verifying concurrent objects", 1993; the object is one issue.) What the contract says of each step is written down
// here a second time.

#include <string>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

/// An issue as the story goes on.
struct issue_now {
  issue_state state = issue_state::none;
  std::int32_t order = 0;
  friend auto operator<=>(const issue_now&, const issue_now&) = default;
};

/// One call that may have changed the issue, or that tells what it was.
struct told_call {
  enum class what : std::uint8_t { ask, use, undo_use, give_back, look };
  what kind{};
  std::int32_t order = 0;
  instant_ns from = 0;
  instant_ns to = 0;      // the answer; without one: by then it is done, or never will be
  bool answered = false;  // else it may have been done, or not
  bool late_yes = false;  // of an ask: who is told of a return last may still say yes
  step_outcome heard{};   // of an ask: done (a yes), returned, or no_issue (any other no)
  issue_state seen{};     // of a look
};

/// Why there is no such order; empty when there is one, or when it would take too long to know.
std::string why_untrue(const std::vector<told_call>& calls, const issue_now& in_the_end);

}  // namespace firstcome::auditor
