#pragma once

// The locks and the WAL shared memory of a fault_vfs: what processes would ask of the operating system, for the
// connections of one process. Only the names of the states come from SQLite (https://www.sqlite.org/lockingv3.html and
// https://www.sqlite.org/walformat.html).
//
// Thread safety: all functions may be called by any thread.

#include <sqlite3.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "support/fault_vfs.hpp"

namespace firstcome::testing {

using lock_owner = const void*;

struct fault_vfs::lock_table {
  /// A SQLite code: OK or BUSY.
  int lock(const std::string& file, lock_owner who, int level);
  void unlock(const std::string& file, lock_owner who, int level);
  bool is_reserved(const std::string& file);

  int shared_lock(const std::string& file, lock_owner who, int first, int count, int flags);
  /// Null when the region is not there and may not be made.
  void* shared_region(const std::string& file, int region, int size_bytes, bool extend);
  void forget_shared(const std::string& file, lock_owner who);

 private:
  struct slot {
    std::set<lock_owner> shared;
    lock_owner exclusive = nullptr;
  };
  struct file_state {
    std::map<lock_owner, int> levels;
    std::array<slot, SQLITE_SHM_NLOCK> slots;
    std::vector<std::unique_ptr<char[]>> regions;
  };

  std::mutex guard_;
  std::map<std::string, file_state> files_;
};

}  // namespace firstcome::testing
