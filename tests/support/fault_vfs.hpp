#pragma once

// A file system for SQLite over a fault_disk, registered under a name of its own: pass `name()` wherever a VFS name is
// asked for. Files, locks and WAL shared memory live in this object, so that a writer and its readers work together as
// on a real disk, and several disks live side by side.
//
//   fault_vfs vfs;                                 an empty disk
//   vfs.disk().cut_power_at(17);                   run until everything fails with SQLITE_IOERR, close, and then
//   fault_vfs again(vfs.disk().surviving(seed));   start on what is left
//
// Thread safety: as a real file system. Every connection must be closed before the object goes.

#include <sqlite3.h>

#include <memory>
#include <string>

#include "support/fault_disk.hpp"

namespace firstcome::testing {

class fault_vfs {
 public:
  explicit fault_vfs(const disk_image& image = {});
  ~fault_vfs();
  fault_vfs(const fault_vfs&) = delete;
  fault_vfs& operator=(const fault_vfs&) = delete;

  const std::string& name() const { return name_; }
  fault_disk& disk() { return disk_; }

  struct lock_table;

 private:
  friend struct vfs_functions;

  std::string name_;
  fault_disk disk_;
  std::unique_ptr<lock_table> locks_;
  sqlite3_vfs registered_;
};

}  // namespace firstcome::testing
