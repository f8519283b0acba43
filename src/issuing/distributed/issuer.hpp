#pragma once

// The distributed shape's answer to one request: a batcher for each coupon on each event loop, and the lease
// once a coupon is sold out. Nothing is shared between loops but the recovery of gates.
//
// Thread safety: `issue` and `withdraw` on the thread of the loop behind `call.origin_loop`; `add_loop` before any of
// them; `waiting` from any thread.

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "issuing/distributed/coupon_batcher.hpp"

namespace firstcome::issuing {

class distributed_issuer final : public issuer {
 public:
  struct loop_parts {
    completion_queue* origin_loop;  // by which calls name their loop
    gate_client& gate;
    std::function<void(std::function<void()>)> post;
  };
  struct options {
    std::size_t waiting_max = 16384;  // requests that wait, on each loop
    std::chrono::milliseconds reply_timeout{5000};
    /// A batch was sent: any loop's thread.
    std::function<void(std::size_t users)> on_batch = [](std::size_t) {};
  };

  distributed_issuer(gate_recovery& recovery, const runtime::clock& clock, options with);
  ~distributed_issuer() override;
  void add_loop(loop_parts parts);

  sold_out_view look(const completion_queue& origin_loop, coupon_id coupon, user_id user) override;
  bool issue(issue_call& call) override;
  bool withdraw(issue_call& call) override;

  /// The loop's thread: refuses whatever waits there; batches under way are answered by the channel.
  void stop(const completion_queue& origin_loop);
  /// Requests that wait, on all loops.
  std::size_t waiting() const;

 private:
  struct loop;
  loop& loop_of(const completion_queue& origin_loop);

  gate_recovery& recovery_;
  const runtime::clock& clock_;
  const options options_;
  std::vector<std::unique_ptr<loop>> loops_;
};

}  // namespace firstcome::issuing
