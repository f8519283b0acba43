#include "lab/process/programs.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto time_to_leave = 10s;
constexpr std::size_t log_end_size = 2000;

}  // namespace

start_command with_log(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                       const fs::path& log) {
  return {.arguments = std::move(arguments),
          .environment = std::move(environment),
          .stdout_file = log,
          .stderr_file = log,
          .of_the_terminal = false};
}

std::unique_ptr<child_process> start_program(const start_command& command) {
  return std::make_unique<child_process>(command, time_to_leave);
}

std::optional<fs::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/sbin:/usr/bin:/usr/local/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder) / name;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

std::string end_of(const fs::path& log) {
  std::ifstream in(log);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() > log_end_size ? "…" + text.substr(text.size() - log_end_size) : text;
}

std::chrono::milliseconds cpu_time_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto name_ends = text.rfind(')');  // the name may hold anything
  if (name_ends == text.npos) return 0ms;
  std::istringstream fields(text.substr(name_ends + 1));
  std::string skipped;
  for (int n = 0; n < 11; ++n) fields >> skipped;
  std::int64_t user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

}  // namespace firstcome::lab
