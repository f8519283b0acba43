#pragma once

// The programs that the lab and the benchmark start, stores and nodes: where they are found, what they tell, what they
// cost.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab/process/child_process.hpp"

namespace firstcome::lab {

/// Writes into `log`, and is not reached by the terminal's Ctrl-C: the lab ends it.
start_command with_log(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                       const std::filesystem::path& log);
/// Ended by SIGTERM, and after ten seconds by SIGKILL.
std::unique_ptr<child_process> start_program(const start_command& command);

/// In the folders of PATH and where Debian puts servers; nothing: it is not there.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// The end of a log, for an error message.
std::string end_of(const std::filesystem::path& log);

/// User and system time that a process and its threads, also ended ones, have used so far (/proc/PID/stat, in ticks of
/// 10 ms).
std::chrono::milliseconds cpu_time_of(pid_t pid);

}  // namespace firstcome::lab
