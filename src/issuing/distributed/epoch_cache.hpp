#pragma once

// What a channel remembers of each gate: its epoch, so that the next batch names the right one. A gate that is open in
// another one says so, and surely did nothing: it is asked again at once, with that one, a few times at most (one that
// names another epoch each time is being rebuilt over and over). Pure; thread safety: none.

#include <unordered_map>

#include "domain/ids.hpp"
#include "gate/redis/admit_call.hpp"

namespace firstcome::issuing {

class epoch_cache {
 public:
  epoch_number of(coupon_id coupon) const {
    const auto found = epochs_.find(raw(coupon));
    return found == epochs_.end() ? 1 : found->second;
  }

  /// One question to one gate.
  class question {
   public:
    question() = default;
    question(epoch_cache& known, coupon_id coupon) : coupon_(coupon), epoch_(known.of(coupon)) {}

    coupon_id coupon() const { return coupon_; }
    epoch_number epoch() const { return epoch_; }

    /// True: ask again, with what is now `epoch`.
    bool retry_with(epoch_cache& known, gate::gate_answer what, epoch_number open_epoch) {
      if (what != gate::gate_answer::closed || open_epoch == 0 || open_epoch == epoch_ || ++rounds_ >= rounds_max)
        return false;
      epoch_ = open_epoch;
      known.note(coupon_, open_epoch);
      return true;
    }

   private:
    static constexpr int rounds_max = 3;
    coupon_id coupon_{};
    epoch_number epoch_ = 0;
    int rounds_ = 0;
  };

 private:
  static constexpr std::size_t coupons_max = 100'000;

  void note(coupon_id coupon, epoch_number epoch) {
    if (epochs_.size() >= coupons_max) epochs_.clear();
    epochs_[raw(coupon)] = epoch;
  }

  std::unordered_map<std::int64_t, epoch_number> epochs_;
};

}  // namespace firstcome::issuing
