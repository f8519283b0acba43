#include "ledger/sqlite/wal_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace firstcome::ledger {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::int64_t free_space_divisor = 16;  // of what is free, the part that may be taken ahead of need

class open_file {
 public:
  explicit open_file(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {}
  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  int descriptor() const { return fd_; }

 private:
  int fd_;
};

// SQLite's "WAL-index": regions of 32 KiB for about 4,096 frames each; our frames are of 1 KiB at least.
constexpr std::int64_t frames_per_region = 4096;
constexpr std::int64_t frame_bytes_min = 1024;
constexpr int region_bytes = 32 << 10;

}  // namespace

void make_wal_room(const std::filesystem::path& wal, std::int64_t bytes) {
  const open_file file(wal);
  struct stat present {};
  struct statvfs disk {};
  if (fstat(file.descriptor(), &present) != 0 || fstatvfs(file.descriptor(), &disk) != 0) return;
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  const std::int64_t end = std::min(bytes, present.st_size + free / free_space_divisor);

  const std::vector<char> zeros(piece_bytes);
  for (std::int64_t at = present.st_size; at < end;) {
    const auto size = std::min<std::int64_t>(piece_bytes, end - at);
    const ssize_t written = pwrite(file.descriptor(), zeros.data(), static_cast<std::size_t>(size), at);
    if (written <= 0) {
      (void)!ftruncate(file.descriptor(), present.st_size);
      return;
    }
    at += written;
  }
  // After a failed fsync a later one can succeed without having written anything, so this one is the only warning.
  if (fsync(file.descriptor()) != 0) {
    throw std::runtime_error("cannot bring " + wal.string() + " to stable storage: " + std::strerror(errno));
  }
}

void make_index_room(sqlite3* database, std::int64_t wal_bytes) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return;
  const int regions = static_cast<int>(wal_bytes / (frame_bytes_min * frames_per_region)) + 1;
  for (int region = 0; region < regions; ++region) {
    void volatile* mapped = nullptr;
    if (file->pMethods->xShmMap(file, region, region_bytes, 1, &mapped) != SQLITE_OK) return;
  }
}

}  // namespace firstcome::ledger
