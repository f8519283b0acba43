#include "support/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace firstcome::testing {

namespace {

/// So that what is mounted here is seen by nobody else. In a chroot / is no mount point; then the folder becomes one.
bool make_private(const char* folder) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) return true;
  return errno == EINVAL && mount(folder, folder, nullptr, MS_BIND, nullptr) == 0 &&
         mount(nullptr, folder, nullptr, MS_PRIVATE, nullptr) == 0;
}

}  // namespace

small_disk::small_disk() {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    note("unshare");
  else if (!make_private(path().c_str()))
    note("making mounts private");
  else if (mount("tmpfs", path().c_str(), "tmpfs", 0, "size=64m") != 0)
    note("mounting a tmpfs");
  else
    mounted_ = true;
}

small_disk::~small_disk() {
  if (!mounted_) return;
  while (umount2(path().c_str(), MNT_DETACH) == 0) continue;  // the disk, and the folder where it became a mount point
}

std::size_t small_disk::free_bytes() const {
  struct statvfs state {};
  statvfs(path().c_str(), &state);
  return state.f_bavail * state.f_frsize;
}

void small_disk::fill_up_to(std::size_t left_bytes) {
  const std::size_t free = free_bytes();
  if (free <= left_bytes) return;
  const int fd = open((path() / "ballast").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (posix_fallocate(fd, 0, static_cast<off_t>(free - left_bytes)) != 0) note("posix_fallocate");
  close(fd);
}

void small_disk::make_room() {
  std::filesystem::remove(path() / "ballast");
}

void small_disk::note(const std::string& what) {
  why_not_ = what + ": " + std::strerror(errno);
}

}  // namespace firstcome::testing
