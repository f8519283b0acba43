#pragma once

// At start: the gates' memory, made anew from the ledger. What contradicts itself there is refused now, with a sentence
// for the operator: served, it would break at the first issue, and again after every restart.

#include <filesystem>

namespace firstcome::gate {
class gate_table;
}
namespace firstcome::ledger {
class loader;
}

namespace firstcome::cli {

/// Fills `gates`, which must be empty. Throws std::runtime_error when the books do not agree: an issue without its
/// coupon, a gap, a user twice, a wrong count, one too many. `data_dir` is for the sentence.
void rebuild_gates(gate::gate_table& gates, ledger::loader& from, const std::filesystem::path& data_dir);

}  // namespace firstcome::cli
