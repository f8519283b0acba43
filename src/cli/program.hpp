#pragma once

// The command line as a whole: finds the sub-command, resolves its settings, runs it, and turns what went wrong into an
// exit code. 0: done. 1: failed. 2: wrong usage.

namespace firstcome::cli {

int run_program(int argc, char** argv);

}  // namespace firstcome::cli
