#include "burst/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace firstcome::burst {
namespace {

using namespace std::chrono_literals;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  return std::getline(in, line) && !in.eof() ? line : std::string();  // a line without its end is still being written
}

}  // namespace

server_process::server_process(const std::filesystem::path& binary, int connections) {
  std::string name = (std::filesystem::temp_directory_path() / "firstcome-burst-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  folder_ = name;
  start(binary, connections);
  try {
    wait_until_ready();
  } catch (...) {
    stop();
    throw;
  }
}

server_process::~server_process() {
  stop();
}

void server_process::start(const std::filesystem::path& binary, int connections) {
  const std::string port_file = folder_ / "port";
  const std::string data = folder_ / "data";
  const std::string log = folder_ / "log";
  const std::string connections_max = std::to_string(connections + 64);
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody is left behind when the burst is interrupted
  const int out = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execl(binary.c_str(), binary.c_str(), "serve", "--listen", "127.0.0.1:0", "--port-file", port_file.c_str(),
        "--data-dir", data.c_str(), "--max-connections", connections_max.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

void server_process::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string port = first_line(folder_ / "port");
    token_ = first_line(folder_ / "data" / "admin.token");
    if (!port.empty() && !token_.empty()) {
      port_ = std::stoi(port.substr(port.rfind(':') + 1));  // ADDRESS:PORT
      return;
    }
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      break;
    }
    std::this_thread::sleep_for(5ms);
  }
  throw std::runtime_error("the server did not start:\n" + text_of(folder_ / "log"));
}

void server_process::stop() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) kill(pid_, SIGKILL);
      std::this_thread::sleep_for(5ms);
    }
    pid_ = -1;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace firstcome::burst
