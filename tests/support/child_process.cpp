#include "support/child_process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>

#include "lab/process/start.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
std::ostream& operator<<(std::ostream& out, const exit_status& status) {
  return out << (status.exited ? "exit code " : "signal ") << status.value;
}

child_process::child_process(const child_command& command)
    : pid_(lab::start({.arguments = command.arguments,
                       .environment = command.environment,
                       .stdout_file = command.stdout_file,
                       .stderr_file = command.stderr_file,
                       .working_directory = command.working_directory})),
      pid_fd_(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))) {}  // glibc 2.36 declares its wrapper for C only

child_process::~child_process() {
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
  if (status_) return status_;
  pollfd ended{pid_fd_, POLLIN, 0};
  if (poll(&ended, 1, static_cast<int>(within.count())) <= 0) return std::nullopt;
  int raw = 0;
  if (waitpid(pid_, &raw, 0) != pid_) throw std::system_error(errno, std::generic_category(), "waitpid");
  status_ = WIFEXITED(raw) ? exited_with(WEXITSTATUS(raw)) : killed_by(WTERMSIG(raw));
  return status_;
}

finished_child run_to_end(child_command command, std::chrono::milliseconds within) {
  const temporary_directory folder;
  command.stdout_file = folder.path() / "stdout";
  command.stderr_file = folder.path() / "stderr";
  finished_child finished;
  {
    child_process child(command);
    finished.status = child.wait(within);
  }
  finished.out = text_of(command.stdout_file);
  finished.err = text_of(command.stderr_file);
  return finished;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(text).str();
}

}  // namespace firstcome::testing
