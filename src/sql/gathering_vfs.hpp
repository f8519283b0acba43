#pragma once

// A file system for SQLite that writes a WAL in few large pieces. SQLite writes each page of a commit as two small
// writes (the frame's head, the page); here they gather in memory until the commit syncs, and go out as one. Nothing
// else changes: every other file and function is the base file system's.
//
// Why it is sound: a frame becomes visible to readers, through the WAL index, only after the commit's sync, and the
// sync writes out first what was gathered. Therefore only with synchronous=FULL, and only for the connection that
// writes. A write that fails is reported by the sync (or read) that needed it, and SQLite rolls back as if it had
// failed itself.
//
// Thread safety: as the base file system. The object must outlive the connections opened through it, and the base must
// outlive the object.

#include <sqlite3.h>

#include <string>

namespace firstcome::sql {

class gathering_vfs {
 public:
  /// `base`: the name of a registered file system; empty is the default one. Throws std::runtime_error when unknown.
  explicit gathering_vfs(const std::string& base);
  ~gathering_vfs();
  gathering_vfs(const gathering_vfs&) = delete;
  gathering_vfs& operator=(const gathering_vfs&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
  sqlite3_vfs registered_;
};

}  // namespace firstcome::sql
