#pragma once

// Makes a failing history short: leaves out as many items as it can while it fails the same way (Zeller and
// Hildebrandt, "Simplifying and isolating failure-inducing input", 2002, without the complements).

#include <functional>

#include "sim/history/outcome.hpp"

namespace firstcome::sim {

/// `fails_alike`: runs it, and says whether what is wanted is broken there too. `attempts_max`: how often it may be
/// called.
plan shrink(const plan& failing, const std::function<bool(const plan&)>& fails_alike, int attempts_max = 3000);

}  // namespace firstcome::sim
