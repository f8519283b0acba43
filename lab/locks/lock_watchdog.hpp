#pragma once

// Keeps the leases of held locks alive: renews each at a third of its time for as long as the holder holds it. When a
// lease turns out to be another's, or could not be renewed in time, its holder is told. One thread, one connection.
// Thread safety: any thread.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "domain/error.hpp"
#include "domain/time.hpp"
#include "redis/session.hpp"

namespace firstcome::redis {

/// A lock that is held, or believed to be.
struct lock_lease {
  lock_lease(std::string of_key, std::string by_token) : key(std::move(of_key)), token(std::move(by_token)) {}

  const std::string key;
  const std::string token;               // proves who holds it
  std::atomic<monotonic> valid_until{};  // counted from before it was asked for: never later than Redis' own
  std::atomic<bool> taken_away{false};   // Redis said that somebody else has it, or nobody
  monotonic renew_at{};                  // the watchdog's

  bool lost(monotonic now) const { return taken_away || now >= valid_until.load(); }
};

class lock_watchdog {
 public:
  lock_watchdog(session::options with, std::chrono::milliseconds lease_time);
  ~lock_watchdog();
  lock_watchdog(const lock_watchdog&) = delete;
  lock_watchdog& operator=(const lock_watchdog&) = delete;

  void watch(std::shared_ptr<lock_lease> held);
  /// No renewal of it begins after this.
  void forget(const lock_lease& released);

 private:
  using leases = std::vector<std::shared_ptr<lock_lease>>;

  void run();
  leases due(monotonic now) const;
  monotonic next_due() const;
  void renew(lock_lease& held);

  const std::chrono::milliseconds lease_time_;
  session redis_;
  std::mutex lock_;  // guards what follows
  std::condition_variable stop_;
  leases held_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace firstcome::redis
