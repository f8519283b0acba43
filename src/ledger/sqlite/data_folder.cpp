#include "ledger/sqlite/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace firstcome::ledger {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& folder, const std::string& what, int error) {
  throw std::runtime_error("data folder " + folder.string() + ": " + what + ": " +
                           std::generic_category().message(error));
}

/// A new folder's name must survive a power cut as surely as what is later written in it.
void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail(folder, "cannot be opened", errno);
  const int outcome = fsync(fd);
  const int error = errno;
  close(fd);
  if (outcome != 0) fail(folder, "cannot be synced", error);
}

void make(const fs::path& folder) {
  if (fs::is_directory(folder)) return;
  const fs::path parent = folder.parent_path();
  make(parent);
  if (mkdir(folder.c_str(), 0700) != 0) {
    if (errno == EEXIST && fs::is_directory(folder)) return;
    fail(folder, "cannot be made", errno);
  }
  sync_folder(parent);
}

std::string holder_of(int lock_fd) {
  std::array<char, 32> text{};
  const ssize_t length = pread(lock_fd, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

/// Only the message of a second taker needs it, so a full disk does not keep this one from starting.
void write_own_pid(int lock_fd) {
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock_fd, 0) == 0 && pwrite(lock_fd, pid.data(), pid.size(), 0) < 0) return;
}

/// An open lock file, closed again when taking it fails.
int take_lock(const fs::path& folder) {
  const int fd = open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) fail(folder, "its lock file cannot be opened", errno);
  try {
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail(folder, "cannot be locked", errno);
      throw std::runtime_error("data folder " + folder.string() + " is in use by " + holder_of(fd) +
                               "; stop that one first, or choose another folder");
    }
    write_own_pid(fd);
  } catch (...) {
    close(fd);
    throw;
  }
  return fd;
}

}  // namespace

data_folder::data_folder(fs::path path) : path_(fs::absolute(path).lexically_normal()) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "data/" and "data" are the same folder
  make(path_);
  lock_fd_ = take_lock(path_);
}

data_folder::~data_folder() {
  close(lock_fd_);
}

}  // namespace firstcome::ledger
