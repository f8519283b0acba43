#pragma once

// What this node said to requests to issue, a second and by outcome, and how long that took, over the last few seconds.
// From two readings of the metrics; nothing runs between the questions.
// Thread safety: any thread.

#include <mutex>
#include <string>

#include "runtime/clock.hpp"
#include "runtime/metrics.hpp"

namespace firstcome::api {

class issue_rates {
 public:
  /// While somebody asks, the window is this long, up to twice; after a pause it reaches back to the last question.
  static constexpr std::chrono::seconds window{3};

  issue_rates(const runtime::metrics& counted, const runtime::clock& clock);

  /// As a JSON object. Percentiles are null when nothing was asked in the window.
  std::string to_json();

 private:
  struct mark {
    monotonic at{};
    runtime::metrics::issue_totals totals;
  };
  mark read() const;

  const runtime::metrics& counted_;
  const runtime::clock& clock_;
  std::mutex lock_;
  mark older_;
  mark newer_;
};

/// The duration below which the share of them lies, by linear interpolation within its bucket; in milliseconds, and
/// below zero when there are none. `counts`: by bucket of `metrics::duration_bounds_s`, the last one without a bound.
double percentile_ms(const runtime::metrics::issue_totals& counted, double share);

}  // namespace firstcome::api
