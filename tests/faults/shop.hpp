#pragma once

// The coupons on offer: the shopkeeper adds and changes them, the crowd asks for them. Thread safety: any thread.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "auditor/auditor.hpp"
#include "faults/world.hpp"

namespace firstcome::faults {

struct offer {
  std::int64_t coupon = 0;
  int quantity = 0;                // as the shopkeeper last asked for it
  bool restocks = false;           // a returned place goes to the next
  bool paused = false;             // or was, at any time: a late request may still pause it
  steady_time opened_at = {};      // before its creation was asked for
  auditor::assumptions told = {};  // what was changed since
};

class shop {
 public:
  void add(const offer& one) {
    const std::scoped_lock lock(mutex_);
    offers_.push_back(one);
  }
  void change(std::size_t n, const offer& now) {
    const std::scoped_lock lock(mutex_);
    offers_.at(n) = now;
  }
  std::vector<offer> offers() const {
    const std::scoped_lock lock(mutex_);
    return offers_;
  }
  std::vector<std::int64_t> coupons_from(std::size_t n) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::int64_t> ids;
    for (; n < offers_.size(); ++n) ids.push_back(offers_[n].coupon);
    return ids;
  }

  /// Coupons that the crowd knows to be sold out; it asks mostly for the first one after them.
  std::atomic<std::size_t> sold_out = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<offer> offers_;
};

}  // namespace firstcome::faults
