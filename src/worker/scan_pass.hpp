#pragma once

// When the next page of a pass over the ledger's coupons is due: a pass begins once an interval, one page at a time. A
// slow pass spreads its pages over the interval, by how many the pass before had; the first goes page by page.
//
// Pure: time is handed in. Thread safety: none.

#include <chrono>
#include <optional>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace firstcome::worker {

class scan_pass {
 public:
  struct options {
    std::chrono::milliseconds interval;
    std::chrono::milliseconds pause_after_failure{1000};
  };

  explicit scan_pass(options with) : options_(with) {}

  bool due(monotonic now) const { return !under_way_ && now >= next_; }
  /// When it is due; nothing: a page is under way.
  std::optional<monotonic> next_due() const { return under_way_ ? std::nullopt : std::optional(next_); }

  /// Where the page begins: after this coupon.
  coupon_id begin(monotonic now);
  /// `last`: of a full page; nothing: there is no other.
  void end(std::optional<coupon_id> last, monotonic now);
  /// The same page again, later.
  void fail(monotonic now);
  /// From the beginning, at once, without spreading.
  void start_over();

 private:
  static constexpr coupon_id before_all{0};

  options options_;
  coupon_id after_ = before_all;
  bool under_way_ = false;
  bool over_again_ = false;  // asked to start over while a page was under way
  monotonic next_{};
  monotonic began_{};
  int pages_ = 0;               // of this pass
  int pages_of_last_pass_ = 0;  // 0: unknown, or in a hurry
};

/// Coupons whose queue may grow: also what a lost message is found by.
inline constexpr scan_pass::options live_scan_usual{std::chrono::milliseconds(1000)};
/// Coupons that ended: nothing comes there, but Redis or the ledger may have gone back.
inline constexpr scan_pass::options ended_scan_usual{std::chrono::milliseconds(60'000)};

}  // namespace firstcome::worker
