#pragma once

// Those of the planted bugs that sit in the gate's script.

#include "issuing/distributed/epoch_cache.hpp"
#include "sim/history/planted.hpp"
#include "support/simulated_gate.hpp"

namespace firstcome::sim {

/// One session's gate, with this bug in what operators and tills do there.
class planted_gate final : public testing::simulated_gate {
 public:
  planted_gate(testing::simulated_redis& redis, clock now, planted bug)
      : simulated_gate(redis, std::move(now)), all_(redis), bug_(bug) {}

  /// This session's calls are look-ups.
  bool looks_up = false;

  std::optional<gate::gate_status> status(coupon_id coupon) override;
  gate::change_outcome announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;
  gate::change_outcome mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) override;

 private:
  testing::simulated_redis& all_;
  const planted bug_;
};

/// simulated_gate::admit, with this bug.
gate::admit_outcome admit_with(planted bug, testing::simulated_redis& redis, testing::simulated_gate& gate,
                               const issuing::epoch_cache::question& to, std::int64_t backlog_max,
                               std::span<const user_id> users, gate::admit_decisions& decisions);

}  // namespace firstcome::sim
