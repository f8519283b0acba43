#pragma once

// A run of faults ends with a verdict, also when what it waits for never comes: a product that is broken may keep a
// client waiting for ever. When the time is over this says at which step the run stood, and ends the process with 1;
// its children end with it (child_process).
// Threads: `now` from the run's thread; one thread of its own.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace firstcome::faults {

class verdict_bound {
 public:
  verdict_bound(std::string_view what, std::chrono::milliseconds within, std::ostream& say);
  ~verdict_bound();
  verdict_bound(const verdict_bound&) = delete;
  verdict_bound& operator=(const verdict_bound&) = delete;

  /// The run is at this step now.
  void now(const std::string& step) const;

 private:
  void watch();

  const std::string what_;
  const std::chrono::milliseconds within_;
  std::ostream& say_;
  mutable std::mutex mutex_;
  mutable std::string step_ = "the start";
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace firstcome::faults
