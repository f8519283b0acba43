#pragma once

// Time, cut into periods by spans of which nobody knows at which of their instants something happened. What lies within
// one period may be compared; what touches a span belongs to none.

#include <algorithm>
#include <optional>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

struct time_span {
  instant_ns from;
  instant_ns to;
};

class periods {
 public:
  explicit periods(std::vector<time_span> cuts) : cuts_(std::move(cuts)) {
    std::sort(cuts_.begin(), cuts_.end(), [](const time_span& a, const time_span& b) { return a.from < b.from; });
    std::size_t kept = 0;
    for (const time_span& cut : cuts_) {
      if (kept > 0 && cut.from <= cuts_[kept - 1].to)
        cuts_[kept - 1].to = std::max(cuts_[kept - 1].to, cut.to);
      else
        cuts_[kept++] = cut;
    }
    cuts_.resize(kept, {});
  }

  /// The period in which all of this lies. A period begins with the last instant of the cut before it.
  std::optional<std::size_t> of(instant_ns from, instant_ns to) const {
    const auto next = std::upper_bound(cuts_.begin(), cuts_.end(), from,
                                       [](instant_ns at, const time_span& cut) { return at < cut.to; });
    if (next != cuts_.end() && to >= next->from) return std::nullopt;
    return static_cast<std::size_t>(next - cuts_.begin());
  }

  /// The first period that lies after this instant at least in part.
  std::size_t first_after(instant_ns at) const {
    const auto next = std::upper_bound(cuts_.begin(), cuts_.end(), at,
                                       [](instant_ns when, const time_span& cut) { return when < cut.from; });
    return static_cast<std::size_t>(next - cuts_.begin());
  }

  std::size_t count() const { return cuts_.size() + 1; }
  std::size_t last() const { return cuts_.size(); }
  instant_ns began_at(std::size_t period) const {
    return period == 0 ? std::numeric_limits<instant_ns>::min() : cuts_[period - 1].to;
  }
  instant_ns ends_at(std::size_t period) const { return period == last() ? never : cuts_[period].from; }

 private:
  std::vector<time_span> cuts_;  // apart from each other, in order
};

}  // namespace firstcome::auditor
