#pragma once

// One strategy on so many servers under the crowd, and what came of it. Blocks until the last row is in the database.

#include <functional>

#include "lab/experiment/nodes.hpp"
#include "lab/experiment/outcome.hpp"

namespace firstcome::lab {

struct experiment {
  node_settings nodes;
  std::int64_t users = 10'000;
  std::int64_t quantity = 500;
  double duration_s = 0;
};

/// `on_progress`: the share that is done. Throws `interrupted`, or std::runtime_error when a node ended by itself or
/// answered what the contract does not have.
outcome carry_out(const experiment& what, stores& on, const std::filesystem::path& folder,
                  const std::filesystem::path& firstcome, const std::function<void(double)>& on_progress);

}  // namespace firstcome::lab
