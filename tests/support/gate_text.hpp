#pragma once

// What a gate said, as text: for comparing, and for reading where it differs.

#include <string>

#include "gate/redis/look_call.hpp"
#include "gate/shared_gate.hpp"

namespace firstcome::testing {

std::string text_of(const std::optional<gate::gate_status>& status);
std::string text_of(const gate::lease_terms& terms);
std::string text_of(const std::optional<gate::queue_view>& view);
std::string text_of(const result<issue_decision>& decision);

}  // namespace firstcome::testing
