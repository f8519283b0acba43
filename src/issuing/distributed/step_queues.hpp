#pragma once

// Steps in the life of issues wait here for one another: those that come while a batch of their queue is under way are
// the next one, which one transaction serves. Returns of a coupon share a queue, because a return to the pool is also
// announced a lease before it takes effect, and one announcement and one change of the gate serve the whole batch. One
// batch of a queue is under way at a time, in the order of arrival; a lone step waits for nobody.
//
// Thread safety: `push` from any thread. The pool is closed before this is destroyed.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "issuing/async_from_callback.hpp"
#include "issuing/distributed/beginning.hpp"
#include "issuing/distributed/stores.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::issuing {

class step_queues {
 public:
  static constexpr std::size_t batch_max = 1024;
  static constexpr std::size_t waiting_max = 4096;  // in one queue

  /// Which queue: each user of this class numbers its own.
  using queue_number = std::int64_t;

  /// Runs on a thread of the pool. What it throws makes its whole batch `unavailable`: unknown whether it happened.
  using batch_work = std::function<std::vector<result<issue_record>>(stores&, std::span<const ledger::step_request>)>;

  struct waiting {
    ledger::step_request request;
    runtime::deadline until;         // of who waits; a batch works until the latest of its own
    std::shared_ptr<beginning> how;  // `too_late` leaves the queue unsent, and is answered by who said so
    completion<issue_record> complete;
  };

  step_queues(store_executor& pool, batch_work work) : pool_(pool), work_(std::move(work)) {}

  /// Answers through `complete`, from any thread; `overloaded` when too many wait: surely not done.
  void push(queue_number number, waiting one);

 private:
  using batch = std::vector<waiting>;

  void post(queue_number number);
  void run_once(stores& use, queue_number number);
  batch take(queue_number number);
  /// False: somebody waits, and the queue goes on.
  bool park(queue_number number);
  static runtime::deadline latest_of(const batch& these);
  void refuse_all(queue_number number);

  store_executor& pool_;
  const batch_work work_;

  std::mutex lock_;
  std::unordered_map<queue_number, std::deque<waiting>> queues_;  // one stands here while a batch of it is under way
};

}  // namespace firstcome::issuing
