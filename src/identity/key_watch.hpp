#pragma once

// Reads the keys for users' tokens again: when a file with them changes, every ten minutes from the URL, when somebody
// asks (SIGHUP), and when a token names a key that nobody here knows, for that at most once in ten seconds. It has a
// thread of its own, since disks and networks are slow. What cannot be read is logged, and the keys stay as they were.
//
// Thread safety: any thread. `close` and the destructor give up a transfer under way, call whoever waits, and end the
// thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "identity/key_sources.hpp"
#include "identity/user_tokens.hpp"

namespace firstcome::identity {

class key_watch {
 public:
  struct options {
    std::chrono::milliseconds look_at_files_every{1000};
    std::chrono::milliseconds read_for_unknown_keys_every{10'000};
    std::chrono::milliseconds fetch_every{600'000};
    std::chrono::milliseconds fetch_again_after{30'000};  // when the last time it could not be had
    std::size_t waiting_max = 16384;
  };

  /// `sources` have been read, and `tokens` have their keys.
  key_watch(std::shared_ptr<user_tokens> tokens, key_sources sources, options how);
  ~key_watch() { close(); }

  /// Returns at once.
  void read_again();

  enum class asked : unsigned char {
    will_be_read,   // `then` is called once, on another thread, when that was tried
    not_now,        // the last time is not long ago
    too_many_wait,  // or the node stops
  };
  /// A token names a key that is not among the present ones.
  asked read_for_unknown_key(std::function<void()> then);

  void close();

 private:
  using clock = std::chrono::steady_clock;
  void run();
  void read(key_sources::which some);

  const std::shared_ptr<user_tokens> tokens_;
  key_sources sources_;  // the thread's own
  clock::time_point fetch_at_;
  const options options_;
  std::atomic<bool> ended_{false};
  std::mutex lock_;  // guards the rest
  bool wanted_ = false;
  bool reading_all_ = false;        // also what a URL or a file says that nobody saw change
  clock::time_point not_before_{};  // for unknown keys
  std::vector<std::function<void()>> waiting_;
  std::condition_variable changed_;
  std::thread thread_;  // last
};

}  // namespace firstcome::identity
