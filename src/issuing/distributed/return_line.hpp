#pragma once

// Returns of one coupon wait here for one another. A return to the pool is announced a lease before it takes effect,
// and those that come meanwhile are the next batch: one announcement, one transaction and one change of the gate serve
// all of them. One batch of a coupon is under way at a time; a lone return waits for nobody.
//
// Thread safety: `push` from any thread. The pool is closed before this is destroyed.

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "coordination/operator_change.hpp"
#include "issuing/async_from_callback.hpp"
#include "issuing/distributed/beginning.hpp"
#include "issuing/distributed/stores.hpp"

namespace firstcome::issuing {

class return_line {
 public:
  static constexpr std::size_t batch_max = 256;
  static constexpr std::size_t waiting_max = 4096;  // of one coupon

  /// Runs on a thread of the pool. What it throws makes its whole batch `unavailable`: unknown whether it happened.
  using batch_work = std::function<std::vector<result<issue_record>>(stores&, coupon_id,
                                                                     std::span<const coordination::return_request>)>;

  struct waiting {
    coordination::return_request request;
    std::shared_ptr<beginning> how;  // `too_late` leaves the line unsent, and is answered by who said so
    completion<issue_record> complete;
  };

  return_line(store_lender& pool, batch_work work) : pool_(pool), work_(std::move(work)) {}

  /// Answers through `complete`, from any thread; `overloaded` when too many wait: surely not done.
  void push(coupon_id coupon, waiting one);

 private:
  using batch = std::vector<waiting>;

  void post(coupon_id coupon);
  void turn(stores& use, coupon_id coupon);
  batch take(coupon_id coupon);
  /// Answers whether the line goes on.
  bool rests(coupon_id coupon);
  void refuse_all(coupon_id coupon);

  store_lender& pool_;
  const batch_work work_;

  std::mutex lock_;
  std::unordered_map<coupon_id, std::deque<waiting>> lines_;  // a coupon stands here while a batch of it is under way
};

}  // namespace firstcome::issuing
