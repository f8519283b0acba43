#pragma once

// Makes a failing history short: leaves out as many items as it can while the same promise stays broken (Zeller and
// Hildebrandt, "Simplifying and isolating failure-inducing input", 2002, without the complements).

#include <functional>

#include "sim/history/outcome.hpp"

namespace firstcome::sim {

/// `broken_in`: runs it, and says which promises are broken. `attempts_max`: how often it may be called.
plan shrink(const plan& failing, const std::function<std::vector<int>(const plan&)>& broken_in,
            int attempts_max = 3000);

}  // namespace firstcome::sim
