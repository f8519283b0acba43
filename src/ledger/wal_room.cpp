#include "ledger/wal_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
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

// SQLite's "WAL-index": blocks of 32 KiB for 4,096 frames each. Ours are 1 KiB and a header, so this is enough.
std::int64_t index_bytes_for(std::int64_t wal_bytes) {
  constexpr std::int64_t frame_bytes_min = 1024, frames_per_block = 4096, block_bytes = 32 << 10;
  return (wal_bytes / (frame_bytes_min * frames_per_block) + 1) * block_bytes;
}

void lengthen(const std::filesystem::path& path, std::int64_t bytes) {
  const open_file file(path);
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
  fsync(file.descriptor());
}

}  // namespace

void make_wal_room(const std::filesystem::path& database, std::int64_t bytes) {
  lengthen(database.string() + "-shm", index_bytes_for(bytes));
  lengthen(database.string() + "-wal", bytes);
}

}  // namespace firstcome::ledger
