#include "worker/scan_pass.hpp"

#include <algorithm>
#include <utility>

namespace firstcome::worker {

coupon_id scan_pass::begin(monotonic now) {
  if (after_ == before_all) {
    began_ = now;
    pages_ = 0;
  }
  under_way_ = true;
  return after_;
}

void scan_pass::end(std::optional<coupon_id> last, monotonic now) {
  under_way_ = false;
  if (std::exchange(over_again_, false)) return start_over();
  ++pages_;
  after_ = last.value_or(before_all);
  if (last) {
    next_ = pages_of_last_pass_ == 0 ? now : now + options_.interval / (pages_of_last_pass_ + 1);
  } else {
    next_ = std::max(now, began_ + options_.interval);
    pages_of_last_pass_ = pages_;
  }
}

void scan_pass::fail(monotonic now) {
  under_way_ = false;
  if (std::exchange(over_again_, false)) start_over();
  next_ = now + options_.pause_after_failure;
}

void scan_pass::start_over() {
  over_again_ = under_way_;
  after_ = before_all;
  next_ = {};
  pages_of_last_pass_ = 0;
}

}  // namespace firstcome::worker
