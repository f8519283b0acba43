#pragma once

// A program that the lab, the benchmark or a test has started: waited for, and ended by its id. The kernel ends it,
// too, when the thread that started it ends. Thread safety: one thread.

#include <sys/types.h>

#include <chrono>
#include <iosfwd>
#include <optional>

#include "lab/process/start.hpp"

namespace firstcome::lab {

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

class child_process {
 public:
  /// Throws std::system_error when it cannot be started.
  explicit child_process(const start_command& command,
                         std::chrono::milliseconds time_to_leave = std::chrono::milliseconds(0));
  /// SIGKILL if it still runs; who has time to leave is asked by SIGTERM first.
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
  const std::chrono::milliseconds time_to_leave_;
  pid_t pid_ = -1;
  int pid_fd_ = -1;  // readable when it has ended; -1 where the kernel does not give it
  std::optional<exit_status> status_;
};

}  // namespace firstcome::lab
