#pragma once

// The look at the stores when a node starts. What waiting will not mend (a wrong password, a foreign schema, a Redis
// that forgets) ends the start with a sentence for the operator; a store that does not answer now is only logged.

#include "cli/store_options.hpp"

namespace firstcome::cli {

/// Throws std::runtime_error. True: both answered, and Redis is this ledger's (ledger_mark.hpp).
bool check_stores_at_start(const store_options& options);

}  // namespace firstcome::cli
