#pragma once

// What can go wrong between two processes, done to the gate that stands between them.

#include <string>
#include <vector>

#include "faults/fault_schedule.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::faults {

bool at_link(fault_kind kind);
void begin(testing::tcp_gate& link, const fault& what);
void end(testing::tcp_gate& link, const fault& what);

/// Every kind at this link; `weight` is that of a cut in mid-reply, the others weigh half.
void add_link_faults(std::vector<fault_choice>& menu, const std::string& link, int weight);

}  // namespace firstcome::faults
