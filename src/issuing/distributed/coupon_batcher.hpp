#pragma once

// One coupon's requests on one event loop, on their way to the gate. Natural batching: at most one batch is under way;
// who comes meanwhile forms the next one. Nothing is sent twice, but what the gate surely did not look at because it
// was closed: that waits until the gate was recovered.
//
//   idle ──request──▶ due ──end of the turn──▶ asking ──decided──▶ idle, or asking again when others came meanwhile
//                                                 └──gate closed──▶ recovering ──ready──▶ asking
//                                                                     └──failed──▶ idle, and refusing for a moment
//
// Thread safety: the loop's thread only.

#include <atomic>
#include <functional>
#include <memory>

#include "issuing/distributed/batch_users.hpp"
#include "issuing/distributed/gate_client.hpp"
#include "issuing/distributed/gate_recovery.hpp"
#include "issuing/distributed/sold_out_lease.hpp"
#include "issuing/issuer.hpp"
#include "issuing/pending_queue.hpp"
#include "issuing/wait_estimator.hpp"
#include "runtime/clock.hpp"
#include "runtime/test_switch.hpp"

namespace firstcome::issuing {

/// What the batchers of one loop share.
struct batcher_context {
  completion_queue& origin_loop;  // where answers go: every call of this loop's batchers names it
  gate_client& gate;
  gate_recovery& recovery;
  const runtime::clock& clock;
  /// Runs something on the loop's thread, soon, and not from inside. Any thread.
  std::function<void(std::function<void()>)> post;
  std::chrono::milliseconds reply_timeout{5000};
  /// A batch was sent: how many users it has.
  std::function<void(std::size_t users)> on_batch = [](std::size_t) {};
  /// Requests that may wait, for all the batchers of the loop together.
  std::size_t waiting_max = 16384;
  /// Users of a batch; fewer only in tests.
  std::size_t batch_max =
      static_cast<std::size_t>(runtime::test_switch("FIRSTCOME_TEST_BATCH_MAX", admission_batch_max));
  /// Space in which a batcher puts its batch together.
  batch_users scratch{admission_batch_max};
  /// Requests that wait now. The batchers write it; any thread may read it.
  std::atomic<std::size_t> waiting{0};
};

class coupon_batcher final : private gate_client::receiver {
 public:
  coupon_batcher(coupon_id coupon, batcher_context& context);

  /// These three do what those of issuer do.
  sold_out_view look(user_id user);
  bool issue(issue_call& call);
  bool withdraw(issue_call& call);

  /// True: nothing is under way, and nothing is remembered that is worth keeping.
  bool forgettable(monotonic now) const;
  /// There is such a coupon, as far as was heard. A batcher of one that was not heard of is a stranger's, and is
  /// dropped as soon as it is idle.
  bool known() const { return known_; }
  bool idle() const { return state_ == state::idle && waiting_.empty() && !looking_ && !fetching_filter_; }
  /// The loop comes to its end: what waits is refused. Batches under way are answered by the channel.
  void refuse_waiting();

 private:
  enum class state { idle, due, asking, recovering };

  bool refuse_at_once(issue_call& call, monotonic now);
  void send_soon();
  void send();
  void take_batch(monotonic now);
  void on_admission(const admission_answer& answer) override;
  void on_look(const std::optional<lease_terms>& terms) override;
  void answer(std::span<const result<issue_decision>> decisions);
  void refuse(call_list& calls, errc why);
  void call_recovery(bool has_gate);
  void ask_ledger();
  void on_recovery(recovery_result outcome);
  void go_on();
  void look_after_sold_out_lease(monotonic now);
  void fetch_filter(monotonic now);
  call_list taken_waiting();

  const coupon_id coupon_;
  batcher_context& context_;
  state state_ = state::idle;
  pending_queue waiting_;
  wait_estimator estimator_;

  // The batch under way.
  call_list asked_;
  std::vector<std::uint32_t> place_of_call_;
  std::vector<user_id> users_;
  std::vector<bool> heard_;
  monotonic asked_at_{};
  int recovery_rounds_ = 0;  // since the gate last decided

  sold_out_lease sold_out_lease_;
  bool looking_ = false;
  monotonic looked_at_{};
  bool fetching_filter_ = false;
  monotonic next_filter_fetch_{};

  // Until then, what was found out last is said again: no coupon, or no gate.
  monotonic refuse_until_{};
  bool no_coupon_ = false;
  bool known_ = false;

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for callbacks that come late
};

}  // namespace firstcome::issuing
