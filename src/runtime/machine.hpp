#pragma once

// What the machine allows this process.

namespace firstcome::runtime {

/// CPUs that the scheduler may give this process (taskset, cpuset), at least 1.
int usable_cpus();

/// As `top -H` and `perf` show it; the kernel keeps 15 characters.
void name_this_thread(const char* name);

/// Raises the soft limit of open files to the hard one and answers it (bounded by what an int holds).
int raise_open_files_limit();

/// What this process makes from now on, only its owner may read. For the whole process, so: at start.
void keep_new_files_private();

}  // namespace firstcome::runtime
