#pragma once

// The time in which a coupon is issued. Half-open: start ≤ now < end.

#include "domain/time.hpp"

namespace firstcome {

struct issue_window {
  timestamp start;
  timestamp end;

  constexpr bool valid() const { return start < end; }
  constexpr bool not_started_at(timestamp now) const { return now < start; }
  constexpr bool ended_at(timestamp now) const { return end <= now; }

  friend constexpr bool operator==(const issue_window&, const issue_window&) = default;
};

}  // namespace firstcome
