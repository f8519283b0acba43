#pragma once

// Limits of a process that runs already, set from outside: Linux' prlimit. Only the soft ones, so that they can be
// lifted again. A process that is gone is passed over.

#include <sys/types.h>

#include <cstdint>

namespace firstcome::faults {

std::uint64_t open_files_of(pid_t pid);
std::uint64_t address_space_bytes_of(pid_t pid);

void limit_open_files(pid_t pid, std::uint64_t files);
void limit_address_space(pid_t pid, std::uint64_t bytes);
void limit_file_size(pid_t pid, std::uint64_t bytes);
/// All three as far as the hard limits go.
void lift_limits(pid_t pid);

}  // namespace firstcome::faults
