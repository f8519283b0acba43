#pragma once

// How the lab, the benchmark and the tests start a program: one way. Its standard input is empty, its output goes to
// files, no descriptor of ours is inherited, and neither is a variable of our own (FIRSTCOME_…) that is not named. The
// kernel ends it (SIGKILL) when the thread that started it ends: so start programs on the main thread.
// child_process.hpp waits for it and ends it.

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace firstcome::lab {

struct start_command {
  std::vector<std::string> arguments = {};              // the first is the program's path
  std::map<std::string, std::string> environment = {};  // on top of ours
  std::filesystem::path stdout_file = "/dev/null";
  std::filesystem::path stderr_file = "/dev/null";
  std::filesystem::path working_directory = ".";
  bool of_the_terminal = true;  // Ctrl-C reaches it too
};

/// Its id. Throws std::system_error when it cannot be started.
pid_t start(const start_command& command);

}  // namespace firstcome::lab
