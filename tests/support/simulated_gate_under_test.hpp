#pragma once

#include "support/gate_under_test.hpp"
#include "support/simulated_gate.hpp"

namespace firstcome::testing {

class simulated_gate_under_test final : public gate_under_test {
 public:
  simulated_gate_under_test();

  gate::shared_gate& gate() override { return gate_; }
  gate::admit_outcome admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                            std::span<const user_id> users, gate::admit_decisions& decisions) override {
    return gate_.admit(coupon, epoch, backlog_max, users, decisions);
  }
  gate::look_outcome look(coupon_id coupon, epoch_number epoch) override { return gate_.look(coupon, epoch); }

  timestamp now() override { return now_; }
  void set_now(timestamp now) { now_ = now; }
  std::string run_id() override { return redis_.run_id; }
  void begin_lineage() override { redis_.begin_lineage(); }
  void set_run_id(std::string run_id) { redis_.run_id = std::move(run_id); }
  void copy_to_replica() override { replica_ = redis_.coupons; }
  void promote_replica() override;
  void flush() override { redis_.coupons.clear(); }
  contents everything() override;

 private:
  timestamp now_;
  simulated_redis redis_;
  std::map<coupon_id, simulated_keys> replica_;
  simulated_gate gate_;
};

}  // namespace firstcome::testing
