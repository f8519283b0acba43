#pragma once

// Brings an older ledger file to the present version of its schema, in place. The file is first copied as one snapshot
// (`firstcome.db.v1-backup`, on stable storage before anything is changed), then changed in one transaction: a process
// that is killed anywhere leaves the old ledger or the new one, and the next start goes on from there. No row is
// rewritten, so it takes the time of the copy.
//
// Thread safety: none needed; run at the start, by whoever holds the folder's lock, before the ledger is opened.

#include <filesystem>
#include <functional>
#include <optional>

#include "ledger/sqlite/data_folder.hpp"

namespace firstcome::ledger {

enum class upgrade_step : std::uint8_t { found_older, copied, copy_named, changed, committed };

struct upgrade_report {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::filesystem::path backup;
};

/// Nothing: there was nothing to upgrade (no file yet, or one of the present version or a newer one, which opening it
/// refuses). `after` is told of each step; tests end the process there. Throws std::runtime_error, naming the file,
/// when it cannot be copied or is not what its version says; it is then unchanged.
std::optional<upgrade_report> upgrade_ledger(
    const data_folder& held, const std::function<void(upgrade_step)>& after = [](upgrade_step) {});

}  // namespace firstcome::ledger
