#include "lab/process/start.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace firstcome::lab {
namespace {

bool is_left_out(std::string_view variable, const start_command& command) {
  return variable.starts_with("FIRSTCOME_") ||
         command.environment.contains(std::string(variable.substr(0, variable.find('='))));  // or both would be there
}

std::vector<std::string> environment_for(const start_command& command) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!is_left_out(*variable, command)) all.emplace_back(*variable);
  for (const auto& [name, value] : command.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> as_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct opened_file {
  opened_file(const std::filesystem::path& file, int flags) : fd(open(file.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  }
  ~opened_file() { close(fd); }
  opened_file(const opened_file&) = delete;
  opened_file& operator=(const opened_file&) = delete;

  const int fd;
};

struct prepared {
  char** arguments;
  char** variables;
  const char* folder;
  std::array<int, 3> descriptors;
  bool own_group;
  sigset_t signals;  // that its starter blocks
};

/// No signal comes in this thread meanwhile.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

/// A signal that comes before the new program is there would run our handler, and nobody would hear of it.
void take_signals_as_a_new_program_does(const sigset_t& blocked) {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction now {};
    if (sigaction(signal, nullptr, &now) != 0 || now.sa_handler == SIG_IGN || now.sa_handler == SIG_DFL) continue;
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    sigaction(signal, &usual, nullptr);
  }
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

// Only calls that are safe between fork and exec: another thread may have held any lock.
[[noreturn]] void become(const prepared& what) {
  take_signals_as_a_new_program_does(what.signals);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (what.own_group) setpgid(0, 0);
  for (int n = 0; n < 3; ++n)
    if (dup2(what.descriptors[static_cast<std::size_t>(n)], n) < 0) _exit(127);
  if (chdir(what.folder) != 0) _exit(127);
  // Asio opens its sockets without O_CLOEXEC: a child that kept one would keep its port and its connections alive.
  syscall(SYS_close_range, 3U, ~0U, 0U);
  execve(what.arguments[0], what.arguments, what.variables);
  _exit(127);
}

}  // namespace

pid_t start(const start_command& command) {
  std::vector<std::string> arguments = command.arguments, variables = environment_for(command);
  std::vector<char*> argument_pointers = as_pointers(arguments), variable_pointers = as_pointers(variables);
  if (access(arguments.at(0).c_str(), X_OK) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot run " + arguments[0]);
  const opened_file in("/dev/null", O_RDONLY);
  const opened_file out(command.stdout_file, O_WRONLY | O_CREAT | O_APPEND);
  const opened_file err(command.stderr_file, O_WRONLY | O_CREAT | O_APPEND);
  const std::string folder = command.working_directory.string();
  const signals_blocked until_forked;
  const prepared what{.arguments = argument_pointers.data(),
                      .variables = variable_pointers.data(),
                      .folder = folder.c_str(),
                      .descriptors = {in.fd, out.fd, err.fd},
                      .own_group = !command.of_the_terminal,
                      .signals = until_forked.before()};
  const pid_t pid = fork();
  if (pid == 0) become(what);
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  return pid;
}

}  // namespace firstcome::lab
