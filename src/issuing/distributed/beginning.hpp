#pragma once

// A piece of work begins, or runs out of time before it began: whichever comes first. Thread safety: any thread.

#include <atomic>
#include <cstdint>

namespace firstcome::issuing {

class beginning {
 public:
  enum class state : std::uint8_t { waiting, begun, too_late };
  /// True: the first to say so.
  bool becomes(state next) {
    state expected = state::waiting;
    return now_.compare_exchange_strong(expected, next);
  }
  state now() const { return now_; }

 private:
  std::atomic<state> now_{state::waiting};
};

}  // namespace firstcome::issuing
