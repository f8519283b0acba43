#pragma once

// One program started by a test. Its standard output and error go to files, its standard input is empty, and variables
// of our own (FIRSTCOME_…) are not inherited: only those that the test names are there.
//
// The child is ended by its id and no other way: by the destructor at the latest, and by the kernel if the thread that
// started it ends first. So start children on the test's main thread.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "lab/process/child_process.hpp"

#include "support/eventually.hpp"

namespace firstcome::testing {

using child_command = lab::start_command;
using lab::child_process;
using lab::exit_status;
using lab::exited_with;
using lab::killed_by;

struct finished_child {
  std::optional<exit_status> status;  // nothing: it was still running at the deadline, and was killed
  std::string out = {};
  std::string err = {};
};

/// Runs a program to its end.
finished_child run_to_end(child_command command, std::chrono::milliseconds within = patience);

std::string text_of(const std::filesystem::path& file);

}  // namespace firstcome::testing
