#pragma once

// The command line as a whole: finds the sub-command, resolves its settings, runs it, and turns what went wrong into an
// exit code. 0: done. 1: failed. 2: wrong usage.

#include <span>
#include <string>

namespace firstcome::cli {

class program;

/// A program by its name, what its help begins and ends with, and its sub-commands in the order of the help.
struct program_parts {
  std::string name;
  std::string description;
  std::string footer;
  std::span<void (*const)(program&)> commands;
};

int run_program(const program_parts& parts, int argc, char** argv);

/// `firstcome`.
int run_firstcome(int argc, char** argv);

}  // namespace firstcome::cli
