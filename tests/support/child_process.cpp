#include "support/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

std::vector<std::string> environment_for(const child_command& command) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text(*variable);
    const bool replaced = command.environment.contains(text.substr(0, text.find('=')));  // or both would be there
    if (!text.starts_with("FIRSTCOME_") && !replaced) all.push_back(text);
  }
  for (const auto& [name, value] : command.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> as_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Only calls that are safe between fork and exec: another thread of the test may have held any lock.
[[noreturn]] void become(char** arguments, char** variables, const char* folder, int in, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || chdir(folder) != 0) _exit(127);
  // Asio opens its sockets without O_CLOEXEC: a child that kept a gate's would keep its port and its connections alive.
  syscall(SYS_close_range, 3U, ~0U, 0U);
  execve(arguments[0], arguments, variables);
  _exit(127);
}

int open_or_throw(const std::filesystem::path& file, int flags) {
  const int fd = open(file.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  return fd;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const exit_status& status) {
  return out << (status.exited ? "exit code " : "signal ") << status.value;
}

child_process::child_process(const child_command& command) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_for(command);
  const std::vector<char*> argument_pointers = as_pointers(arguments);
  const std::vector<char*> variable_pointers = as_pointers(environment);
  if (access(arguments.at(0).c_str(), X_OK) != 0) throw std::runtime_error("cannot run " + arguments[0]);
  const int in = open_or_throw("/dev/null", O_RDONLY);
  const int out = open_or_throw(command.stdout_file, O_WRONLY | O_CREAT | O_APPEND);
  const int err = open_or_throw(command.stderr_file, O_WRONLY | O_CREAT | O_APPEND);
  const std::string folder = command.working_directory.string();
  pid_ = fork();
  if (pid_ == 0)
    become(const_cast<char**>(argument_pointers.data()), const_cast<char**>(variable_pointers.data()), folder.c_str(),
           in, out, err);
  for (const int fd : {in, out, err}) close(fd);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));  // glibc 2.36 declares its wrapper for C only
}

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
