#pragma once

// One program started by a test. Its standard output and error go to files, its standard input is empty, and variables
// of our own (FIRSTCOME_…) are not inherited: only those that the test names are there.
//
// The child is ended by its id and no other way: by the destructor at the latest, and by the kernel if the thread that
// started it ends first. So start children on the test's main thread.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/eventually.hpp"

namespace firstcome::testing {

struct exit_status {
  bool exited = false;  // else ended by a signal
  int value = 0;        // the exit code, or the signal's number

  friend bool operator==(const exit_status&, const exit_status&) = default;
};

std::ostream& operator<<(std::ostream& out, const exit_status& status);

inline exit_status exited_with(int code) {
  return {true, code};
}
inline exit_status killed_by(int signal) {
  return {false, signal};
}

struct child_command {
  std::vector<std::string> arguments = {};  // the first is the program's path
  std::map<std::string, std::string> environment = {};
  std::filesystem::path stdout_file = "/dev/null";
  std::filesystem::path stderr_file = "/dev/null";
  std::filesystem::path working_directory = ".";
};

class child_process {
 public:
  /// Throws when the program cannot be started.
  explicit child_process(const child_command& command);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  /// Nothing happens when the child has already been waited for.
  void send_signal(int signal);
  /// How it ended; nothing when it still runs after `within`.
  std::optional<exit_status> wait(std::chrono::milliseconds within);
  bool running() { return !wait(std::chrono::milliseconds(0)); }

 private:
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::optional<exit_status> status_;
};

struct finished_child {
  std::optional<exit_status> status;  // nothing: it was still running at the deadline, and was killed
  std::string out = {};
  std::string err = {};
};

/// Runs a program to its end.
finished_child run_to_end(child_command command, std::chrono::milliseconds within = patience);

std::string text_of(const std::filesystem::path& file);

}  // namespace firstcome::testing
