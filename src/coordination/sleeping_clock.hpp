#pragma once

// Time as the steps of this folder need it: dates, durations, and waiting. The simulation has one of its own, whose
// `sleep` lets the others run.

#include <random>

#include "runtime/clock.hpp"

namespace firstcome::coordination {

class sleeping_clock : public runtime::clock {
 public:
  virtual void sleep(std::chrono::milliseconds duration) = 0;
  /// Between half of it and one and a half times it, so that those who wait for the same thing do not meet again.
  virtual std::chrono::milliseconds jittered(std::chrono::milliseconds duration) = 0;
};

/// The machine's clocks. Thread safety: one thread.
class machine_sleeping_clock final : public sleeping_clock {
 public:
  explicit machine_sleeping_clock(const runtime::clock& clock);

  timestamp now() const override { return clock_.now(); }
  monotonic monotonic_now() const override { return clock_.monotonic_now(); }
  void sleep(std::chrono::milliseconds duration) override;
  std::chrono::milliseconds jittered(std::chrono::milliseconds duration) override;

 private:
  const runtime::clock& clock_;
  std::minstd_rand random_;
};

/// The number of the next epoch or configuration. Milliseconds since 1970, so that no number comes a second time when
/// the ledger is restored from a backup in the middle of a change (docs/adr/0004); always past `previous`.
constexpr std::int64_t next_number(std::int64_t previous, timestamp now) {
  return std::max(previous + 1, to_microseconds(now) / 1000);
}

}  // namespace firstcome::coordination
