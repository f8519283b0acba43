#pragma once

// CPU time that a process has used so far, kernel and user together.

#include <sys/types.h>

#include <cstdint>

namespace firstcome::load {

/// Every live thread's time on a CPU by the scheduler's own account (/proc/PID/task/*/schedstat), in nanoseconds; the
/// usual utime and stime count in ticks of ten milliseconds. 0 when there is no such process. A thread that has ended
/// is not counted, so compare two readings only of a process that keeps its threads.
std::int64_t process_cpu_ns(pid_t pid);

}  // namespace firstcome::load
