#pragma once

// The distributed shape's operators' work and look-ups, on a pool of threads with connections of their own. Lists come
// from the ledger. A single record and a coupon's state come from gate and ledger: what either of them cannot be asked
// is `unavailable`, never a no.

#include "coordination/sleeping_clock.hpp"
#include "issuing/coupon_service.hpp"
#include "issuing/distributed/gate_clock.hpp"
#include "issuing/distributed/gate_recovery.hpp"
#include "issuing/distributed/settled_gates.hpp"
#include "issuing/distributed/step_queues.hpp"
#include "issuing/distributed/stores.hpp"

namespace firstcome::issuing {

class distributed_coupon_service final : public coupon_service {
 public:
  /// The clock and the rests of one piece of operators' work.
  using sleeping_clock_source = std::function<std::unique_ptr<coordination::sleeping_clock>()>;

  /// What operators and tills do has threads of its own: a crowd that looks up cannot hold it up. Of each
  /// deadline `for_the_answer` is kept, so that who asked hears what came of it. Whatever has not begun by then is
  /// surely not done, and answered `overloaded`; what is under way then is cut short: `unavailable`.
  distributed_coupon_service(store_executor& look_ups, store_executor& changes, gate_recovery& recovery,
                             gate_clock& clock, std::chrono::milliseconds for_the_answer);
  /// The same, with a source of clocks: simulations make up the time.
  distributed_coupon_service(store_executor& look_ups, store_executor& changes, gate_recovery& recovery,
                             gate_clock& clock, sleeping_clock_source make_sleeping_clock,
                             std::chrono::milliseconds for_the_answer);

  async_result_of<coupon> create(coupon_draft draft, actor by, std::optional<idempotency_key> key,
                                 runtime::deadline until) override;
  async_result_of<coupon> change(coupon_id id, coupon_change change, actor by, runtime::deadline until) override;
  async_result_of<issue_record> take_step(coupon_id coupon, user_id user, issue_step step, actor by,
                                          runtime::deadline until) override;

  async_result_of<coupon> show(coupon_id id, runtime::deadline until) override;
  async_result_of<issue_record> find(coupon_id coupon, user_id user, runtime::deadline until) override;

  async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit, runtime::deadline until) override;
  async_result_of<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit,
                                                      runtime::deadline until) override;
  async_result_of<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit,
                                                  runtime::deadline until) override;

  async_result_of<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                int limit, runtime::deadline until) override;
  async_result_of<coupon_backlog> backlog(coupon_id id, runtime::deadline until) override;
  async_result_of<dead_letter_page> dead_letters(std::optional<coupon_id> coupon, std::optional<std::int64_t> after,
                                                 int limit, runtime::deadline until) override;
  timestamp now() const override { return clock_.now(); }

 private:
  template <class T>
  async_result_of<T> on_stores(store_executor& whose, runtime::deadline until, std::function<result<T>(stores&)> work);

  void count_admitted(gate::shared_gate& gate, std::span<coupon> coupons);

  store_executor& look_ups_;
  store_executor& changes_;
  gate_recovery& recovery_;
  gate_clock& clock_;
  const sleeping_clock_source make_sleeping_clock_;
  const std::chrono::milliseconds for_the_answer_;
  settled_gates settled_;
  step_queues returns_;  // a queue for each coupon
  step_queues uses_;
};

}  // namespace firstcome::issuing
