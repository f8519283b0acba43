#include "support/fault_vfs.hpp"

#include <atomic>
#include <cstring>
#include <stdexcept>

#include "support/fault_locks.hpp"

namespace firstcome::testing {
namespace {

constexpr int sector_size_seen_by_sqlite_bytes = 4096;  // as its own Unix file system says

/// What SQLite takes for its file: memory of its own, made and ended by hand.
struct open_file : sqlite3_file {
  fault_vfs* vfs;
  std::string name;
  std::shared_ptr<fault_disk::file> file;
  bool goes_on_close;
  bool syncs_folder;  // at its first sync, as SQLite's Unix file system does for a new journal or WAL
};

open_file& of(sqlite3_file* f) {
  return *static_cast<open_file*>(f);
}

int code_of(disk_outcome outcome, int code_of_failure) {
  switch (outcome) {
    case disk_outcome::done:
      return SQLITE_OK;
    case disk_outcome::full:
      return SQLITE_FULL;
    case disk_outcome::failed:
      return code_of_failure;
  }
  return code_of_failure;
}

}  // namespace

struct vfs_functions {
  static fault_disk& disk(sqlite3_file* f) { return of(f).vfs->disk_; }
  static fault_vfs::lock_table& locks(sqlite3_file* f) { return *of(f).vfs->locks_; }

  static int close(sqlite3_file* f) {
    locks(f).unlock(of(f).name, f, SQLITE_LOCK_NONE);
    if (of(f).goes_on_close) disk(f).remove(of(f).name, true);
    of(f).~open_file();
    return SQLITE_OK;
  }

  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    if (!disk(f).has_power()) return SQLITE_IOERR_READ;
    const auto wanted = static_cast<std::size_t>(size);
    const std::size_t there = disk(f).read(*of(f).file, static_cast<std::uint64_t>(offset), to, wanted);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + there, 0, wanted - there);  // SQLite relies on the zeros
    return SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 offset) {
    return code_of(disk(f).write(*of(f).file, static_cast<std::uint64_t>(offset), data, static_cast<std::size_t>(size)),
                   SQLITE_IOERR_WRITE);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    return code_of(disk(f).truncate(*of(f).file, static_cast<std::uint64_t>(size)), SQLITE_IOERR_TRUNCATE);
  }
  static int sync(sqlite3_file* f, int) {
    const disk_outcome outcome = disk(f).sync(*of(f).file, of(f).syncs_folder);
    if (outcome == disk_outcome::done) of(f).syncs_folder = false;
    return code_of(outcome, SQLITE_IOERR_FSYNC);
  }
  static int file_size(sqlite3_file* f, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(disk(f).size(*of(f).file));
    return SQLITE_OK;
  }

  static int lock(sqlite3_file* f, int level) { return locks(f).lock(of(f).name, f, level); }
  static int unlock(sqlite3_file* f, int level) {
    locks(f).unlock(of(f).name, f, level);
    return SQLITE_OK;
  }
  static int check_reserved(sqlite3_file* f, int* answer) {
    *answer = locks(f).is_reserved(of(f).name);
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return sector_size_seen_by_sqlite_bytes; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int shm_map(sqlite3_file* f, int region, int size, int extend, void volatile** to) {
    *to = locks(f).shared_region(of(f).name, region, size, extend != 0);
    return SQLITE_OK;
  }
  static int shm_lock(sqlite3_file* f, int first, int count, int flags) {
    return locks(f).shared_lock(of(f).name, f, first, count, flags);
  }
  static void shm_barrier(sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); }
  static int shm_unmap(sqlite3_file* f, int) {
    locks(f).forget_shared(of(f).name, f);
    return SQLITE_OK;
  }

  static fault_vfs& self(sqlite3_vfs* v) { return *static_cast<fault_vfs*>(v->pAppData); }

  static int open(sqlite3_vfs* v, const char* name, sqlite3_file* f, int flags, int* flags_out) {
    static std::atomic<int> unnamed = 0;
    static const sqlite3_io_methods methods = {
        2,         close,          read,    write,       truncate,        sync,    file_size, lock,
        unlock,    check_reserved, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
        shm_unmap, nullptr,        nullptr};
    const std::string real_name = name != nullptr ? name : "unnamed-" + std::to_string(++unnamed);
    f->pMethods = nullptr;
    auto file = self(v).disk_.open(real_name, (flags & SQLITE_OPEN_CREATE) != 0 || name == nullptr);
    if (!file) return SQLITE_CANTOPEN;
    new (f) open_file{{&methods},
                      &self(v),
                      real_name,
                      std::move(file),
                      (flags & SQLITE_OPEN_DELETEONCLOSE) != 0,
                      (flags & SQLITE_OPEN_CREATE) != 0 && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0};
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* v, const char* name, int sync_folder) {
    return code_of(self(v).disk_.remove(name, sync_folder != 0), SQLITE_IOERR_DELETE);
  }
  static int access(sqlite3_vfs* v, const char* name, int, int* answer) {
    *answer = self(v).disk_.exists(name);
    return SQLITE_OK;
  }
  static int full_path(sqlite3_vfs*, const char* name, int size, char* to) {
    sqlite3_snprintf(size, to, "%s", name);
    return SQLITE_OK;
  }
};

fault_vfs::fault_vfs(const disk_image& image) : disk_(image), locks_(std::make_unique<lock_table>()) {
  static std::atomic<int> made = 0;
  name_ = "firstcome-fault-" + std::to_string(++made);
  registered_ = *sqlite3_vfs_find(nullptr);  // randomness, sleep and time are the system's
  registered_.iVersion = 2;
  registered_.szOsFile = sizeof(open_file);
  registered_.pNext = nullptr;
  registered_.zName = name_.c_str();
  registered_.pAppData = this;
  registered_.xOpen = vfs_functions::open;
  registered_.xDelete = vfs_functions::remove;
  registered_.xAccess = vfs_functions::access;
  registered_.xFullPathname = vfs_functions::full_path;
  if (sqlite3_vfs_register(&registered_, 0) != SQLITE_OK) throw std::runtime_error("cannot register " + name_);
}

fault_vfs::~fault_vfs() {
  sqlite3_vfs_unregister(&registered_);
}

}  // namespace firstcome::testing
