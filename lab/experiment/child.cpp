#include "lab/experiment/child.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

#include "lab/process/start.hpp"

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto patience = 10s;
constexpr std::size_t log_end_size = 2000;

}  // namespace

child::child(const child_command& command)
    : pid_(start({.arguments = command.arguments,
                  .environment = command.environment,
                  .stdout_file = command.log,
                  .stderr_file = command.log,
                  .of_the_terminal = false})) {}

child::~child() {
  ask_to_end();
  if (exit_code(patience)) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void child::ask_to_end() {
  if (running()) kill(pid_, SIGTERM);
}

std::optional<int> child::exit_code(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!exit_code_) {
    int raw = 0;
    if (waitpid(pid_, &raw, WNOHANG) == pid_) {
      exit_code_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    } else if (std::chrono::steady_clock::now() >= deadline) {
      break;
    } else {
      std::this_thread::sleep_for(5ms);
    }
  }
  return exit_code_;
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

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (fd >= 0) close(fd);
  if (!found) throw std::system_error(errno, std::generic_category(), "no free port");
  return ntohs(address.sin_port);
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
