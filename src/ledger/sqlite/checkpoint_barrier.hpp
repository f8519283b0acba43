#pragma once

// Where the readers of one ledger pass, so that its writer can hold them back for the length of one checkpoint. SQLite
// starts a WAL over only when it was copied to its end and nobody stands in the middle of it; readers that overlap
// without a pause would never let that happen, and the file would grow until the disk is full.
//
// Who waits for everybody to leave goes first: new readings queue behind it, so that it waits only for those under way
// (a std::shared_mutex alone makes no such promise, and glibc's prefers the readers).
//
// Thread safety: all functions, any thread. A thread must not hold two of these locks at once.

#include <mutex>
#include <shared_mutex>

namespace firstcome::ledger {

class checkpoint_barrier {
 public:
  using reading = std::shared_lock<std::shared_mutex>;

  struct closed {
    std::unique_lock<std::mutex> entrance;
    std::unique_lock<std::shared_mutex> inside;
  };

  /// Held for one short statement.
  [[nodiscard]] reading enter() {
    std::lock_guard in(entrance_);
    return reading(inside_);
  }

  /// Answers when no reading is under way; none begins while the answer lives.
  [[nodiscard]] closed close() {
    std::unique_lock entrance(entrance_);  // first: whoever comes from now on waits behind us
    std::unique_lock inside(inside_);
    return {std::move(entrance), std::move(inside)};
  }

 private:
  std::mutex entrance_;
  std::shared_mutex inside_;
};

}  // namespace firstcome::ledger
