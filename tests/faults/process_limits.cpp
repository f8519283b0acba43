#include "faults/process_limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace firstcome::faults {
namespace {

std::filesystem::path folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

void set_soft(pid_t pid, __rlimit_resource which, rlim_t soft) {
  rlimit now{};
  if (prlimit(pid, which, nullptr, &now) != 0) return;
  now.rlim_cur = std::min(soft, now.rlim_max);
  prlimit(pid, which, &now, nullptr);
}

}  // namespace

std::uint64_t open_files_of(pid_t pid) {
  std::error_code gone;
  std::uint64_t files = 0;
  for (std::filesystem::directory_iterator each(folder_of(pid) / "fd", gone), end; !gone && each != end;
       each.increment(gone))
    ++files;
  return files;
}

std::uint64_t address_space_bytes_of(pid_t pid) {
  std::uint64_t pages = 0;
  std::ifstream(folder_of(pid) / "statm") >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void limit_open_files(pid_t pid, std::uint64_t files) {
  set_soft(pid, RLIMIT_NOFILE, files);
}

void limit_address_space(pid_t pid, std::uint64_t bytes) {
  set_soft(pid, RLIMIT_AS, bytes);
}

void limit_file_size(pid_t pid, std::uint64_t bytes) {
  set_soft(pid, RLIMIT_FSIZE, bytes);
}

void lift_limits(pid_t pid) {
  for (const auto which : {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_FSIZE}) set_soft(pid, which, RLIM_INFINITY);
}

}  // namespace firstcome::faults
