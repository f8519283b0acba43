#pragma once

// Threads that check signatures, so that no event loop does: an RSA signature costs as much as several answers.
//
// There are two queues, each bounded. Whoever comes from where the last signature was worthless waits in that of the
// suspects, for which there is one thread, of the lowest priority: it has the processor time that nobody else wants. So
// a crowd that forges holds up itself, also where everything shares one core.
//
// Thread safety: any thread. `close` and the destructor tell everybody who still waits, and end the threads.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace firstcome::identity {

enum class checked : unsigned char {
  good,
  bad,
  not_done,  // this node stops
};

class signature_check {
 public:
  virtual ~signature_check() = default;
  /// On one of the threads. False: nobody waits for the outcome any more, and `run` is left out.
  virtual bool wanted() const = 0;
  virtual bool run() = 0;
};

class signature_checker {
 public:
  enum class queue_kind : unsigned char { usual, suspects };

  struct finished {
    std::shared_ptr<signature_check> check;
    checked outcome;
  };
  /// Is told of each check once, on one of the threads or on the one that closes: of those that were done while others
  /// waited together, after `deliver_within` at most. (Whoever waits sleeps elsewhere, and on one core to wake them for
  /// each costs a third of an RSA signature.)
  using delivery = std::function<void(std::span<finished>)>;

  struct limits {
    std::size_t threads = 1;  // of the usual queue
    std::size_t waiting_max = 16384;
    std::size_t suspects_max = 1024;
    std::chrono::microseconds deliver_within{500};
  };
  signature_checker(limits most, delivery deliver);
  ~signature_checker() { close(); }

  bool has_room(queue_kind in) const;
  /// False: too many wait in this queue, or this node stops; then nothing will be called.
  bool take(queue_kind in, std::shared_ptr<signature_check> check);
  void close();

 private:
  struct waiting_queue {
    explicit waiting_queue(std::size_t most) : most(most) {}
    const std::size_t most;
    std::deque<std::shared_ptr<signature_check>> checks;
    std::condition_variable changed;
  };
  void run(waiting_queue& from);

  const delivery deliver_;
  const std::chrono::microseconds deliver_within_;
  mutable std::mutex lock_;  // guards the three
  waiting_queue usual_;
  waiting_queue suspects_;
  bool closed_ = false;
  std::vector<std::thread> threads_;  // last
};

}  // namespace firstcome::identity
