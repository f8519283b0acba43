#pragma once

// Recovers gates on the pool's threads. Loops that ask for the same coupon at the same time share one piece of work,
// and one reading of its admitted users. Thread safety: any thread. Close the pool before this is destroyed.

#include <mutex>
#include <unordered_map>

#include "coordination/recovery.hpp"
#include "issuing/distributed/gate_clock.hpp"
#include "issuing/distributed/gate_recovery.hpp"
#include "issuing/distributed/stores.hpp"

namespace firstcome::issuing {

class pooled_gate_recovery final : public gate_recovery {
 public:
  /// What came of looking after a gate: on a thread of the pool.
  using report = std::function<void(coupon_id, const coordination::recovery_report&)>;

  /// How the work waits: made on the thread that does it.
  using sleeping_clock_source = std::function<std::unique_ptr<coordination::sleeping_clock>()>;

  /// `strangers`: does what is done for ids that nobody may have heard of.
  pooled_gate_recovery(store_executor& pool, store_executor& strangers, const gate_clock& clock, report on_recovery);
  /// `filter_seed`: so that nobody can choose users whom all filters take for winners.
  pooled_gate_recovery(store_executor& pool, store_executor& strangers, sleeping_clock_source make_sleeping_clock,
                       std::uint64_t filter_seed, report on_recovery);

  void make_ready(coupon_id coupon, std::function<void(recovery_result)> done) override;
  void make_ready_if_known(coupon_id coupon, std::function<void(recovery_result)> done) override;
  void decide_by_ledger(coupon_id coupon, std::vector<user_id> users,
                        std::function<void(std::vector<result<issue_decision>>)> done) override;
  void filter_of(coupon_id coupon, gate::gate_identity which,
                 std::function<void(std::shared_ptr<const admitted_filter>)> done) override;

 private:
  recovery_result recover(stores& use, coupon_id coupon);
  void notify_waiters(coupon_id coupon, recovery_result how);
  void hand_out(coupon_id coupon, const gate::gate_identity& which, std::shared_ptr<const admitted_filter> filter);

  store_executor& pool_;
  store_executor& strangers_;
  const sleeping_clock_source make_sleeping_clock_;
  const report on_care_;
  const std::uint64_t filter_seed_;
  const std::shared_ptr<coordination::gate_observer> watch_ = std::make_shared<coordination::gate_observer>();
  std::mutex lock_;  // guards what follows
  std::unordered_map<std::int64_t, std::vector<std::function<void(recovery_result)>>> waiting_;
  struct filter_reading {
    coupon_id coupon;
    gate::gate_identity which;
    std::vector<std::function<void(std::shared_ptr<const admitted_filter>)>> those;
  };
  std::vector<filter_reading> filters_;  // that are being read
};

}  // namespace firstcome::issuing
