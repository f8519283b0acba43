#include "load/process_cpu.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace firstcome::load {

cpu_account cpu_account_of(pid_t pid) {
  cpu_account sum;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    cpu_account thread;
    if (std::ifstream(task.path() / "schedstat") >> thread.used_ns >> thread.waited_ns) {
      sum.used_ns += thread.used_ns;
      sum.waited_ns += thread.waited_ns;
    }
  }
  return sum;
}

}  // namespace firstcome::load
