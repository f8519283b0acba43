#pragma once

// What the coupon cache is fed from in the lab: the shared level is one text for each coupon in Redis, with a time to
// live as the net under lost messages; the ledger is the original tables. Thread safety: as per_thread.

#include "lab/strategies/strategy.hpp"

namespace firstcome::issuing {

class shared_coupons final : public coupon_sources {
 public:
  explicit shared_coupons(per_thread& own) : own_(own) {}

  std::optional<cached_coupon> find_shared(coupon_id id) override;
  void share(coupon_id id, const cached_coupon& value) override;
  void unshare(coupon_id id) override;
  std::optional<coupon> load(coupon_id id) override { return own_.tables.find(id); }

  /// After it was changed in the ledger: out of the shared level, and every node is told.
  void announce_change(coupon_id id);

 private:
  per_thread& own_;
};

/// As JSON, for the shared level.
std::string to_text(const cached_coupon& value);
/// Nothing: not one of ours.
std::optional<cached_coupon> cached_coupon_from(std::string_view text);

}  // namespace firstcome::issuing
