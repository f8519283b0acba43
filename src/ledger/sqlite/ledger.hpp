#pragma once

// The ledger in one SQLite file, `<folder>/firstcome.db`: the embedded shape's record that counts.
//
// Exactly one connection writes and checkpoints, and it is the one behind `single_writer()`; readers and loaders have
// read-only connections of their own. The caller holds the folder's lock (ledger/sqlite/data_folder.hpp), so that this
// is true across processes too.
//
// Thread safety: `single_writer()` is used by one thread at a time. `open_reader` and `open_loader` may be called on
// any thread; what they answer belongs to one thread each and may outlive the sqlite_ledger. A loader reads long and
// keeps the WAL from starting over meanwhile: it is for the start, before the crowd comes.

#include <cstdint>
#include <filesystem>
#include <string>

#include "ledger/ledger.hpp"
#include "ledger/sqlite/checkpoint_barrier.hpp"
#include "sql/gathering_vfs.hpp"

namespace firstcome::ledger {

struct sqlite_ledger_options {
  std::filesystem::path folder = {};
  /// The name of a registered file system of SQLite; empty is the operating system's.
  std::string vfs = {};
  /// Small on purpose: room for the inner pages of an index over millions of users. Random users find their leaf in no
  /// cache, and SQLite walks all cached pages at the end of each transaction that moved a page (docs/adr/0003).
  std::int64_t page_cache_bytes = std::int64_t{1} << 20;
  /// Past this the WAL is checkpointed between two batches even when others wait. The file then stays at this size and
  /// is written over, which keeps fdatasync cheap.
  std::int64_t wal_bytes_max = std::int64_t{64} << 20;
  /// From here on an idle writer checkpoints, so that a burst begins with an empty WAL.
  std::int64_t wal_bytes_idle = std::int64_t{16} << 20;
  /// How long the WAL's file is made at the start; see ledger/sqlite/wal_room.hpp. Only with the operating system's
  /// files.
  std::int64_t wal_bytes_ahead = wal_bytes_max;
};

class sqlite_ledger {
 public:
  /// Creates the file and its schema when there is none. Throws std::runtime_error when the file is not this program's
  /// ledger, and sql::sqlite_error when it cannot be opened.
  explicit sqlite_ledger(sqlite_ledger_options options);
  ~sqlite_ledger();
  sqlite_ledger(const sqlite_ledger&) = delete;
  sqlite_ledger& operator=(const sqlite_ledger&) = delete;

  /// For the clean end: takes over everything from the write-ahead log, so that firstcome.db alone is the whole ledger.
  /// Requires that nobody uses the writer or a reader any more. What cannot be taken over stays in the log, where the
  /// next start finds it: nothing is lost by a failure here.
  void close_whole();

  writer& single_writer() { return *writer_; }
  /// Throws as the reader itself does.
  std::unique_ptr<reader> open_reader() const;
  std::unique_ptr<loader> open_loader() const;

 private:
  sqlite_ledger_options options_;
  sql::gathering_vfs writers_vfs_;  // outlives the writer
  std::shared_ptr<checkpoint_barrier> checkpoint_barrier_;
  std::unique_ptr<writer> writer_;
};

}  // namespace firstcome::ledger
