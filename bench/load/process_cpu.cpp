#include "load/process_cpu.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace firstcome::load {

std::int64_t process_cpu_ns(pid_t pid) {
  std::int64_t sum = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    std::int64_t on_cpu_ns = 0;
    if (std::ifstream(task.path() / "schedstat") >> on_cpu_ns) sum += on_cpu_ns;
  }
  return sum;
}

}  // namespace firstcome::load
