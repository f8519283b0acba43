#pragma once

// The last resort of a node that leaves: when taking it apart takes longer than this, the process ends all the same. A
// thread may stand in a call on a store that does not answer, and may for long; nothing that was answered is lost by
// ending there. Thread safety: one thread; it has one of its own.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace firstcome::cli {

class bounded_exit {
 public:
  /// From here on. When time is up the process ends with 0, and says so.
  explicit bounded_exit(std::chrono::milliseconds patience);
  ~bounded_exit();

 private:
  std::mutex lock_;  // guards gone_
  std::condition_variable changed_;
  bool gone_ = false;
  std::thread thread_;
};

}  // namespace firstcome::cli
