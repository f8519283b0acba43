#pragma once

// The queue of the lab's asynchronous strategies: a plain Redis list, and the thread that moves its entries into the
// database, one by one, as the original service did. An entry that was popped and not yet written is nowhere but in
// this process: killed there, it is lost. (The real queue is a stream; how far it was moved
// commits with the rows: docs/strategies.md.)

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "lab/strategies/strategy.hpp"

namespace firstcome::issuing {

struct queue_entry {
  coupon_id coupon{};
  user_id user{};
};

std::string to_text(const queue_entry& entry);
/// Nothing: not one of ours.
std::optional<queue_entry> queue_entry_from(std::string_view text);

/// At the end of the queue. Throws store_unavailable.
void push(redis::session& over, const queue_entry& entry);

class queue_consumer {
 public:
  /// `make_tools` connects; it is called again after a failure.
  queue_consumer(shared_parts& shared, std::function<std::unique_ptr<per_thread>()> make_tools);
  /// Finishes the entry that is under way; what is still queued stays there. At most about a second.
  ~queue_consumer();
  queue_consumer(const queue_consumer&) = delete;
  queue_consumer& operator=(const queue_consumer&) = delete;

 private:
  void run();
  void move_entries(per_thread& own);
  void write(per_thread& own, const std::string& text);

  shared_parts& shared_;
  const std::function<std::unique_ptr<per_thread>()> make_tools_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace firstcome::issuing
