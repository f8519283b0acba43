#pragma once

// Room for the WAL, written ahead. A commit that makes its file longer costs the file system a journal entry and a
// second flush; one that writes over bytes that are there costs a single flush. So the file gets its length before the
// crowd comes. What is added are zeros behind the last frame: SQLite's recovery ends at the first frame that is not
// valid.

#include <cstdint>
#include <filesystem>

namespace firstcome::ledger {

/// Makes the file `bytes` long, or a small part of the free space when that is less. Only ever an improvement: a file
/// that cannot be made longer is left as it is, and nothing is reported. Throws std::runtime_error when the disk fails
/// to sync it.
void make_wal_room(const std::filesystem::path& wal, std::int64_t bytes);

}  // namespace firstcome::ledger
