#include "lab/process/child_process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ostream>
#include <system_error>

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds between_looks = 5ms;  // where nothing tells of the end

}  // namespace

std::ostream& operator<<(std::ostream& out, const exit_status& status) {
  return out << (status.exited ? "exit code " : "signal ") << status.value;
}

child_process::child_process(const start_command& command, std::chrono::milliseconds time_to_leave)
    : time_to_leave_(time_to_leave),
      pid_(start(command)),
      pid_fd_(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))) {}  // glibc 2.36 declares its wrapper for C only

child_process::~child_process() {
  if (time_to_leave_ > 0ms && running()) {
    send_signal(SIGTERM);
    wait(time_to_leave_);
  }
  if (!status_) {
    send_signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (pid_fd_ >= 0) close(pid_fd_);
}

void child_process::send_signal(int signal) {
  if (!status_) kill(pid_, signal);
}

std::optional<exit_status> child_process::wait(std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!status_) {
    int raw = 0;
    const pid_t ended = waitpid(pid_, &raw, WNOHANG);
    if (ended < 0) {
      if (errno != ECHILD) throw std::system_error(errno, std::generic_category(), "waitpid");
      status_ = exit_status{};  // the kernel has reaped it, because whoever started us ignores SIGCHLD
      break;
    }
    if (ended == pid_) {
      status_ = WIFEXITED(raw) ? exited_with(WEXITSTATUS(raw)) : killed_by(WTERMSIG(raw));
      break;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= 0ms) break;
    pollfd told{pid_fd_, POLLIN, 0};
    poll(&told, 1, static_cast<int>((pid_fd_ >= 0 ? left : std::min(left, between_looks)).count()));
  }
  return status_;
}

}  // namespace firstcome::lab
