#pragma once

// What a process had of the CPU, and what it would have liked to have: by the scheduler's own account.

#include <sys/types.h>

#include <cstdint>

namespace firstcome::load {

struct cpu_account {
  std::int64_t used_ns = 0;    // on a core, kernel and user together
  std::int64_t waited_ns = 0;  // ready to run while others had the core

  cpu_account operator-(const cpu_account& before) const {
    return {.used_ns = used_ns - before.used_ns, .waited_ns = waited_ns - before.waited_ns};
  }
};

/// The sum over every live thread (/proc/PID/task/*/schedstat; the usual utime and stime count in ticks of ten
/// milliseconds). All zero when there is no such process. A thread that has ended is not counted, so compare two
/// readings only of a process that keeps its threads.
cpu_account cpu_account_of(pid_t pid);

}  // namespace firstcome::load
