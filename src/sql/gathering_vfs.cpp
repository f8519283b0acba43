#include "sql/gathering_vfs.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

namespace firstcome::sql {
namespace {

// SQLite's Unix file system takes less than 128 KiB in one write (it masks the length with 0x1ffff).
constexpr std::size_t gathered_bytes_max = 120 << 10;

/// Stands at the head of the memory that SQLite gives for a WAL; the base's own file follows it.
struct wal_file : sqlite3_file {
  sqlite3_file* base;
  std::vector<char> gathered;  // with room for gathered_bytes_max from the start: no exception may pass through SQLite
  sqlite3_int64 begin = 0;     // where in the file `gathered` belongs
};
constexpr std::size_t base_offset =
    (sizeof(wal_file) + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);

wal_file& of(sqlite3_file* f) {
  return *static_cast<wal_file*>(f);
}
sqlite3_file* base_of(sqlite3_file* f) {
  return of(f).base;
}

int write_out(sqlite3_file* f) {
  wal_file& wal = of(f);
  if (wal.gathered.empty()) return SQLITE_OK;
  const int code =
      wal.base->pMethods->xWrite(wal.base, wal.gathered.data(), static_cast<int>(wal.gathered.size()), wal.begin);
  wal.gathered.clear();  // after a failure too: the transaction is rolled back, and writes those bytes again or never
  return code;
}

int close(sqlite3_file* f) {
  const int written = write_out(f);
  const int closed = base_of(f)->pMethods->xClose(base_of(f));
  of(f).~wal_file();
  return written != SQLITE_OK ? written : closed;
}

int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
  if (const int code = write_out(f); code != SQLITE_OK) return code;
  return base_of(f)->pMethods->xRead(base_of(f), to, size, offset);
}

int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 offset) {
  wal_file& wal = of(f);
  const auto count = static_cast<std::size_t>(size);
  const bool continues = offset == wal.begin + static_cast<sqlite3_int64>(wal.gathered.size());
  if (!continues || wal.gathered.size() + count > gathered_bytes_max) {
    if (const int code = write_out(f); code != SQLITE_OK) return code;
  }
  if (count > gathered_bytes_max) return wal.base->pMethods->xWrite(wal.base, data, size, offset);
  if (wal.gathered.empty()) wal.begin = offset;
  const auto* bytes = static_cast<const char*>(data);
  wal.gathered.insert(wal.gathered.end(), bytes, bytes + count);
  return SQLITE_OK;
}

int truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = write_out(f); code != SQLITE_OK) return code;
  return base_of(f)->pMethods->xTruncate(base_of(f), size);
}

int sync(sqlite3_file* f, int flags) {
  if (const int code = write_out(f); code != SQLITE_OK) return code;
  return base_of(f)->pMethods->xSync(base_of(f), flags);
}

int file_size(sqlite3_file* f, sqlite3_int64* size) {
  if (const int code = write_out(f); code != SQLITE_OK) return code;
  return base_of(f)->pMethods->xFileSize(base_of(f), size);
}

int lock(sqlite3_file* f, int level) {
  return base_of(f)->pMethods->xLock(base_of(f), level);
}
int unlock(sqlite3_file* f, int level) {
  return base_of(f)->pMethods->xUnlock(base_of(f), level);
}
int check_reserved(sqlite3_file* f, int* answer) {
  return base_of(f)->pMethods->xCheckReservedLock(base_of(f), answer);
}
int control(sqlite3_file* f, int what, void* with) {
  return base_of(f)->pMethods->xFileControl(base_of(f), what, with);
}
int sector_size(sqlite3_file* f) {
  return base_of(f)->pMethods->xSectorSize(base_of(f));
}
int characteristics(sqlite3_file* f) {
  return base_of(f)->pMethods->xDeviceCharacteristics(base_of(f));
}

// Version 1: shared memory and memory mapping belong to the database file, which is opened as the base's own.
constexpr sqlite3_io_methods wal_methods = {
    1,       close,          read,    write,       truncate,        sync,    file_size, lock,
    unlock,  check_reserved, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
    nullptr, nullptr,        nullptr};

int open(sqlite3_vfs* self, const char* name, sqlite3_file* f, int flags, int* flags_out) {
  auto* base = static_cast<sqlite3_vfs*>(self->pAppData);
  if ((flags & SQLITE_OPEN_WAL) == 0) return base->xOpen(base, name, f, flags, flags_out);
  auto* base_file = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(f) + base_offset);
  std::memset(base_file, 0, static_cast<std::size_t>(base->szOsFile));
  f->pMethods = nullptr;
  const int code = base->xOpen(base, name, base_file, flags, flags_out);
  if (code != SQLITE_OK) {
    if (base_file->pMethods != nullptr) base_file->pMethods->xClose(base_file);
    return code;
  }
  try {
    std::vector<char> gathered;
    gathered.reserve(gathered_bytes_max);
    new (f) wal_file{{&wal_methods}, base_file, std::move(gathered), 0};
    return SQLITE_OK;
  } catch (const std::bad_alloc&) {
    base_file->pMethods->xClose(base_file);
    return SQLITE_NOMEM;
  }
}

/// The functions that take the file system itself must be given the base and not this one.
int remove(sqlite3_vfs* self, const char* name, int sync_folder) {
  auto* base = static_cast<sqlite3_vfs*>(self->pAppData);
  return base->xDelete(base, name, sync_folder);
}
int access(sqlite3_vfs* self, const char* name, int flags, int* answer) {
  auto* base = static_cast<sqlite3_vfs*>(self->pAppData);
  return base->xAccess(base, name, flags, answer);
}
int full_path(sqlite3_vfs* self, const char* name, int size, char* to) {
  auto* base = static_cast<sqlite3_vfs*>(self->pAppData);
  return base->xFullPathname(base, name, size, to);
}

}  // namespace

gathering_vfs::gathering_vfs(const std::string& base) {
  static std::atomic<int> made = 0;
  name_ = "firstcome-gathering-" + std::to_string(++made);
  sqlite3_vfs* found = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (found == nullptr) throw std::runtime_error("SQLite knows no file system '" + base + "'");
  registered_ = *found;
  registered_.iVersion = 2;  // without the replaceable system calls, which are the base's
  registered_.szOsFile = found->szOsFile + static_cast<int>(base_offset);
  registered_.pNext = nullptr;
  registered_.zName = name_.c_str();
  registered_.pAppData = found;
  registered_.xOpen = open;
  registered_.xDelete = remove;
  registered_.xAccess = access;
  registered_.xFullPathname = full_path;
  if (sqlite3_vfs_register(&registered_, 0) != SQLITE_OK) throw std::runtime_error("cannot register " + name_);
}

gathering_vfs::~gathering_vfs() {
  sqlite3_vfs_unregister(&registered_);
}

}  // namespace firstcome::sql
