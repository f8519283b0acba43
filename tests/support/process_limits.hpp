#pragma once

// Limits of a process that runs already, set from outside: Linux' prlimit. Only the soft ones, so that they can be
// lifted again. A process that is gone is passed over.
//
// Memory is limited by RLIMIT_DATA: whatever is private and may be written, which an allocator's every growth is.
// RLIMIT_AS would not do: AddressSanitizer has reserved its addresses before, and takes its memory from there.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

namespace firstcome::testing {

std::uint64_t open_files_of(pid_t pid);
/// What counts under limit_data. With AddressSanitizer that is terabytes: only the difference says something.
std::uint64_t data_bytes_of(pid_t pid);

void limit_open_files(pid_t pid, std::uint64_t files);
void limit_data(pid_t pid, std::uint64_t bytes);
void limit_file_size(pid_t pid, std::uint64_t bytes);
/// For the environment of a program that is to run out of memory: malloc answers null then, as it would without
/// AddressSanitizer. `new` still ends the process there, where without it would throw.
std::pair<const std::string, std::string> like_an_allocator_without_sanitizers();
/// All three as far as the hard limits go.
void lift_limits(pid_t pid);

}  // namespace firstcome::testing
