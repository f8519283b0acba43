#pragma once

// `firstcome audit` for the distributed shape.

#include "cli/store_options.hpp"

namespace firstcome::cli {

/// Answers the exit code: 0 the books agree, 1 they differ. Throws store_unavailable, and what forbids using the
/// stores.
int audit_shared(const store_options& stores, bool repair, bool as_json);

}  // namespace firstcome::cli
