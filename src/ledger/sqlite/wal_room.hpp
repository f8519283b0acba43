#pragma once

// Room for the WAL, written ahead. A commit that makes its file longer costs the file system a journal entry and a
// second flush; one that writes over bytes that are there costs a single flush. So the file gets its length before the
// crowd comes. What is added are zeros behind the last frame: SQLite's recovery ends at the first frame that is not
// valid.
//
// The index over the WAL (`-shm`) gets its room for another reason: it grows in the middle of a commit, after the
// frames were synced. On a full disk that fails with an error which leaves open whether the commit is kept, and the
// process must end; when the room is there, what fails is a write of the WAL before that point, and the batch is rolled
// back. It is made through SQLite and not by opening the file: closing a descriptor of ours would take away the locks
// that SQLite holds on that file.

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>

namespace firstcome::ledger {

/// Makes the file `bytes` long, or a small part of the free space when that is less. Only ever an improvement: a file
/// that cannot be made longer is left as it is, and nothing is reported. Throws std::runtime_error when the disk fails
/// to sync it.
void make_wal_room(const std::filesystem::path& wal, std::int64_t bytes);

/// Has the index ready for a WAL of so many bytes. `database`: open, and its WAL was read. As far as there is room.
void make_index_room(sqlite3* database, std::int64_t wal_bytes);

}  // namespace firstcome::ledger
