#pragma once

// The bounded pending queue in front of the next batch: first in, first out, and who gave up waiting leaves it.
// Thread safety: none; the owner's lock guards it and every call that stands in it.

#include "issuing/call_list.hpp"

namespace firstcome::issuing {

class pending_queue {
 public:
  explicit pending_queue(std::size_t capacity) : capacity_(capacity) {}

  /// False: the queue is full.
  bool push(issue_call& call) {
    if (calls_.size() >= capacity_) return false;
    calls_.push_back(call);
    call.waits_ = true;
    return true;
  }

  /// False: the call does not stand here (any more).
  bool withdraw(issue_call& call) {
    if (!call.waits_) return false;
    calls_.erase(calls_.iterator_to(call));
    call.waits_ = false;
    return true;
  }

  /// Moves the first calls, `count_max` at most, to the end of `batch`.
  void take(std::size_t count_max, call_list& batch) {
    for (std::size_t n = 0; n < count_max && !calls_.empty(); ++n) {
      issue_call& call = calls_.front();
      calls_.pop_front();
      call.waits_ = false;
      batch.push_back(call);
    }
  }

  /// Puts calls that were taken back at the head, in their order, whether there is room or not.
  void give_back(call_list& batch) {
    for (issue_call& call : batch) call.waits_ = true;
    calls_.splice(calls_.begin(), batch);
  }

  bool empty() const { return calls_.empty(); }
  std::size_t size() const { return calls_.size(); }

 private:
  const std::size_t capacity_;
  call_list calls_;
};

}  // namespace firstcome::issuing
