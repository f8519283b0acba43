#include "support/process_limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace firstcome::testing {
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

std::uint64_t data_bytes_of(pid_t pid) {
  constexpr std::string_view name = "VmData:";  // in kB, as proc(5) says
  std::ifstream status(folder_of(pid) / "status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  return 0;
}

void limit_open_files(pid_t pid, std::uint64_t files) {
  set_soft(pid, RLIMIT_NOFILE, files);
}

void limit_data(pid_t pid, std::uint64_t bytes) {
  set_soft(pid, RLIMIT_DATA, bytes);
}

void limit_file_size(pid_t pid, std::uint64_t bytes) {
  set_soft(pid, RLIMIT_FSIZE, bytes);
}

std::pair<const std::string, std::string> like_an_allocator_without_sanitizers() {
  return {"ASAN_OPTIONS", "allocator_may_return_null=1"};
}

void lift_limits(pid_t pid) {
  for (const auto which : {RLIMIT_NOFILE, RLIMIT_DATA, RLIMIT_FSIZE}) set_soft(pid, which, RLIM_INFINITY);
}

}  // namespace firstcome::testing
