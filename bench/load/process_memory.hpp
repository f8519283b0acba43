#pragma once

// What a process has in memory, and how that goes on while something happens to it.

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "lab/load/closed_loop.hpp"

namespace firstcome::load {

/// Bytes that are resident (VmRSS of /proc/PID/status); 0 when there is no such process.
std::int64_t resident_bytes_of(pid_t pid);

/// Looks every 50 ms, on a thread of its own, from construction on.
class memory_watch {
 public:
  explicit memory_watch(pid_t pid);
  ~memory_watch() { stop(); }

  void stop();
  /// The most that was seen from `begin` to `end`. After `stop`.
  std::int64_t most_between(instant_ns begin, instant_ns end) const;

 private:
  struct reading {
    instant_ns at;
    std::int64_t bytes;
  };

  std::atomic<bool> stopping_{false};
  std::vector<reading> readings_;
  std::thread thread_;
};

}  // namespace firstcome::load
