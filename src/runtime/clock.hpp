#pragma once

// Where the adapters get their time from; everything below them has it handed in. Thread safety: any thread.

#include "domain/time.hpp"

namespace firstcome::runtime {

/// Of the kernel's timer, where it is slowest (CONFIG_HZ=100; Debian's have 250).
inline constexpr std::chrono::milliseconds coarse_tick{10};

class clock {
 public:
  virtual ~clock() = default;
  virtual timestamp now() const = 0;            // UTC
  virtual monotonic monotonic_now() const = 0;  // for deadlines
  /// The same clock, up to `coarse_tick` behind, at a third of the cost: for what each request needs and no one can
  /// see.
  virtual monotonic coarse_monotonic_now() const { return monotonic_now(); }
};

/// The machine's clocks. Test builds, and only they, add FIRSTCOME_TEST_CLOCK_OFFSET_MS to `now`.
class machine_clock final : public clock {
 public:
  machine_clock();
  timestamp now() const override;
  monotonic monotonic_now() const override;
  monotonic coarse_monotonic_now() const override;

 private:
  std::chrono::microseconds offset_{0};
};

}  // namespace firstcome::runtime
