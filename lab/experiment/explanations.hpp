#pragma once

// What the lab says of each way of issuing, in words for people: the same that docs/strategies.md says at length.

#include <string_view>
#include <vector>

namespace firstcome::lab {

struct explanation {
  std::string_view strategy;
  std::string_view what_it_does;
  std::string_view why;  // it holds, or breaks
};

/// In the order in which the lab runs them: the table of DESIGN.
const std::vector<explanation>& explanations();
/// Null: there is none of that name.
const explanation* explanation_of(std::string_view strategy);

/// What is expected of it.
bool should_hold(std::string_view strategy, int servers);

}  // namespace firstcome::lab
