#pragma once

// How fast a queue moves, and so whether it is worth waiting in it. A bound on the number of those who wait is not
// enough: on a slow day the queue would be longer than anybody's deadline, and every batch would be of people who have
// just given up (docs/adr/0009). So a newcomer is taken in only if its answer can be expected in time, and if the queue
// in front of the next batch is short enough to be gone soon after the rush.
//
// Thread safety: none; the queue's owner guards it.

#include <algorithm>

#include "domain/time.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::issuing {

class wait_estimator {
 public:
  /// Of the time that a request has left, the share that it may spend behind others. Short, so that a rush leaves no
  /// long queue behind; nothing is lost by it, because the next batch is always allowed to fill.
  static constexpr int share_of_patience = 10;

  /// `batch_max`: how many leave the queue at once.
  explicit wait_estimator(std::size_t batch_max) : batch_max_(batch_max) {}

  /// What was typical before such a pause says nothing about the rush that ends it.
  static constexpr std::chrono::seconds remembered_for{3};

  void batch_begins(monotonic now) {
    typical_ = typical(now);
    under_way_ = true;
    begun_at_ = now;
  }

  /// It is over, and whatever came with it: from now on its duration counts for a quarter of what is typical.
  void batch_ends(monotonic now) {
    under_way_ = false;
    ended_at_ = now;
    typical_ += (now - begun_at_ - typical_) / 4;
  }

  /// It came back undone, or with nobody to decide about, which says nothing about how long batches take.
  void batch_comes_back() { under_way_ = false; }

  /// Whether a call that would wait behind `waiting` others is answered by its deadline. One that finds nobody there is
  /// always taken: its batch measures anew how long batches take, however bad the last measure was.
  bool worth_waiting(std::size_t waiting, monotonic now, runtime::deadline until) const {
    if (waiting == 0 && !under_way_) return true;
    const auto left = until.at() - now;
    const auto in_queue = typical(now) * static_cast<std::int64_t>(waiting / batch_max_);
    return in_queue <= left / share_of_patience && rest_of_batch(now) + in_queue + typical(now) <= left;
  }

 private:
  monotonic::duration typical(monotonic now) const {
    return under_way_ || now - ended_at_ <= remembered_for ? typical_ : monotonic::duration::zero();
  }

  /// A batch that is overdue is expected to take as long again as it has taken.
  monotonic::duration rest_of_batch(monotonic now) const {
    if (!under_way_) return {};
    const auto taken = std::max(now - begun_at_, monotonic::duration::zero());
    return taken < typical_ ? typical_ - taken : taken;
  }

  const std::size_t batch_max_;
  monotonic::duration typical_{};
  bool under_way_ = false;
  monotonic begun_at_{};
  monotonic ended_at_{};
};

}  // namespace firstcome::issuing
