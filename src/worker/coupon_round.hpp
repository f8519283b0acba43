#pragma once

// One worker's look after one coupon: moves its queue until it is drained, or for as long as it may, makes its gate fit
// when it is not, and retires it when it is long over. What fails is left as it is: the next look finds it.
//
// Thread safety: the thread of its gate and ledger.

#include <functional>
#include <string>

#include "coordination/recovery.hpp"
#include "coordination/sleeping_clock.hpp"
#include "worker/queue_mover.hpp"
#include "worker/schedule.hpp"

namespace firstcome::worker {

class coupon_round {
 public:
  struct options {
    std::size_t rows_max = batch_rows_max;  // of one transaction
    std::chrono::hours retention{0};        // after a coupon's end its gate is retired; 0: never
    /// What all threads of a worker remember of gates that are not fit.
    std::shared_ptr<coordination::gate_observer> watch = std::make_shared<coordination::gate_observer>();
  };
  struct hooks {
    std::function<void(coupon_id, const move_report&)> on_move = [](coupon_id, const move_report&) {};
    std::function<void(coupon_id, const coordination::recovery_report&)> on_recovery =
        [](coupon_id, const coordination::recovery_report&) {};
    /// A store did not answer; `what` says which and why.
    std::function<void(const std::string& what)> on_failure = [](const std::string&) {};
  };

  /// `on` must outlive this.
  coupon_round(gate::shared_gate& gate, ledger::shared_ledger& ledger, coordination::sleeping_clock& time, options with,
               const hooks& on)
      : gate_(gate),
        ledger_(ledger),
        time_(time),
        options_(std::move(with)),
        hooks_(on),
        recovery_(gate, ledger, time, {.watch = options_.watch}) {}

  /// Asked between two batches, with how many were moved by now, whether to leave the rest.
  using leave_question = std::function<bool(std::size_t batches)>;
  schedule::result look_after(coupon_id coupon, const leave_question& leave);

 private:
  schedule::result move(coupon_id coupon, const leave_question& leave);
  schedule::result care_for(coupon_id coupon);
  void retire_if_over(coupon_id coupon, const move_report& drained);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  coordination::sleeping_clock& time_;
  const options options_;
  const hooks& hooks_;
  coordination::recovery recovery_;
};

}  // namespace firstcome::worker
