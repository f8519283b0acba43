#pragma once

// Coupons whose gates have nothing to add to their rows, so that a list need not ask Redis about them: nobody is on the
// way, and nobody can come any more. A gate that is retired, or whose window ended a while ago with everybody in the
// ledger. What would change that changes the row as well: another epoch, another end, another count.
// Bounded: when it is full it begins anew. Thread safe.

#include <cstddef>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "domain/coupon.hpp"
#include "gate/shared_gate.hpp"

namespace firstcome::issuing {

class settled_gates {
 public:
  explicit settled_gates(std::size_t max = 200'000) : max_(max) {}

  /// Answers for each row whether its gate is known to be settled.
  std::vector<bool> known(std::span<const coupon> rows) const;
  /// `now` is the time of the gates' clock.
  static bool is_settled(const coupon& row, const gate::gate_count& gate, timestamp now);
  void remember(std::span<const coupon* const> settled);

 private:
  struct seen {
    epoch_number epoch;
    timestamp end;
    std::int32_t sequences;
    friend bool operator==(const seen&, const seen&) = default;
  };
  static seen seen_of(const coupon& row) { return {row.epoch, row.window.end, row.sequences()}; }

  const std::size_t max_;
  mutable std::mutex lock_;
  std::unordered_map<std::int64_t, seen> coupons_;
};

}  // namespace firstcome::issuing
