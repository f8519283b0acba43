#pragma once

// Reads the tokens file again when it changes, and when somebody asks: on a thread of its own, since a disk may be
// slow. A file that cannot be used is logged, and the tokens stay as they were. Thread safety: any thread. The
// destructor ends the thread.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "identity/operator_tokens.hpp"

namespace firstcome::identity {

class token_watch {
 public:
  explicit token_watch(std::shared_ptr<operator_tokens> tokens,
                       std::chrono::milliseconds look_every = std::chrono::seconds(1));
  ~token_watch();

  /// Returns at once.
  void read_again();

 private:
  void run();
  void read();

  const std::shared_ptr<operator_tokens> tokens_;
  const std::chrono::milliseconds look_every_;
  std::mutex lock_;  // guards the two
  bool asked_ = false;
  bool ended_ = false;
  std::condition_variable changed_;
  std::thread thread_;  // last
};

}  // namespace firstcome::identity
