#pragma once

// The action of who gives a place up, for the trail (domain/operator_action.hpp).

#include <optional>
#include <string>

#include "domain/dead_letter.hpp"
#include "domain/operator_action.hpp"

namespace firstcome {

/// A place that was given up, of an open letter or of one that had none. `before` keeps whose it was: the letter itself
/// is closed by then, and of nobody.
operator_action discard_of(coupon_id coupon, sequence_number place, const std::optional<dead_letter>& letter,
                           const std::string& why, const actor& by, timestamp now);

}  // namespace firstcome
