#pragma once

// A program that the lab has started: a store, or a node. It writes into a log file, reads nothing, is not reached by
// the terminal's Ctrl-C (the lab ends it, by its id), and is ended by the kernel when the lab is killed.
// Thread safety: the main thread's own: the kernel ends children when the thread that started them ends.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firstcome::lab {

struct child_command {
  std::vector<std::string> arguments = {};              // the first is the program's path
  std::map<std::string, std::string> environment = {};  // on top of ours without the variables of firstcome
  std::filesystem::path log = "/dev/null";
};

class child {
 public:
  /// Throws std::system_error when it cannot be started.
  explicit child(const child_command& command);
  /// SIGTERM; after ten seconds SIGKILL.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  pid_t pid() const { return pid_; }
  /// SIGTERM.
  void ask_to_end();
  bool running() { return !exit_code(std::chrono::milliseconds(0)); }
  /// Nothing: it still runs after `within`. A signal's number counts as 128 more, as in a shell.
  std::optional<int> exit_code(std::chrono::milliseconds within);

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

/// In the folders of PATH and where Debian puts servers; nothing: it is not there.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// The end of a log, for an error message.
std::string end_of(const std::filesystem::path& log);

/// A port of 127.0.0.1 that nobody listens on now.
int free_port();

/// User and system time that a process and its threads, also ended ones, have used so far (/proc/PID/stat, in ticks of
/// 10 ms).
std::chrono::milliseconds cpu_time_of(pid_t pid);

}  // namespace firstcome::lab
