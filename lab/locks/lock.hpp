#pragma once

// Locks in Redis that exclude each other across processes. What makes one usable:
//
//   - a random token says who holds it, so that nobody releases another's;
//   - it is a lease: it comes free by itself when its holder dies, and a watchdog renews it while the holder lives;
//   - who waits is woken by a message, tries again after it listens (it may have come free before), and never waits
//     longer than the lease that is there: a lost message costs time, not more;
//   - taking and releasing are scripts that may be sent twice, so that a lost reply can be asked for again;
//   - the holder can ask whether it still has it.
//
// What no lease can do: stop a holder that was paused past its end and does not know. Whoever must be sure lets the
// resource itself check. docs/strategies.md has the story.
//
// Thread safety: `locks` any thread, each with its own session; `held_lock` one thread.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "lab/locks/lock_waiters.hpp"
#include "lab/locks/lock_watchdog.hpp"

namespace firstcome::redis {

class locks;

class held_lock {
 public:
  held_lock(held_lock&&) noexcept = default;
  held_lock& operator=(held_lock&&) = delete;
  /// Releases; when Redis does not answer, the lease ends by itself.
  ~held_lock();

  /// True: it may be another's by now. Ask before what must not be done twice at once.
  bool lost() const;
  /// False: it was not ours any more. Throws store_unavailable when Redis does not answer.
  bool release();

 private:
  friend class locks;
  held_lock(locks& of, session& over, std::shared_ptr<lock_lease> lease);

  locks* owner_;
  session* over_;
  std::shared_ptr<lock_lease> lease_;  // null: released or moved away
};

/// What the locks of one process share.
class locks {
 public:
  /// `with` is for the watchdog's connection. `prefix` stands before each lock's name.
  locks(session::options with, std::string prefix, std::chrono::milliseconds lease_time = std::chrono::seconds{3});

  /// Nothing: it was not to be had until then. Throws store_unavailable; it may then be taken until the lease
  /// ends.
  std::optional<held_lock> acquire(session& over, const std::string& name, runtime::deadline until);

  /// A redis::subscriber hears there which locks come free: for on_message. on_subscribed: messages may have been
  /// missed.
  const std::string& channel() const { return channel_; }
  void on_message(std::string_view text) { waiters_.wake_one(text); }
  void on_subscribed() { waiters_.wake_all(); }

 private:
  friend class held_lock;
  std::optional<std::chrono::milliseconds> try_once(session& over, lock_lease& lease) const;

  const std::string prefix_;
  const std::string channel_;
  const std::chrono::milliseconds lease_time_;
  lock_waiters waiters_;
  lock_watchdog watchdog_;
};

}  // namespace firstcome::redis
