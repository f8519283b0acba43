#pragma once

// The gate in a real Redis of the test's own, which keeps nothing on disk unless it is told to.

#include <vector>

#include "gate/redis/redis_gate.hpp"
#include "support/gate_under_test.hpp"
#include "support/redis_server.hpp"

namespace firstcome::testing {

class redis_gate_under_test final : public gate_under_test {
 public:
  explicit redis_gate_under_test(redis::durability wanted = redis::durability::none);

  redis_server& server() { return server_; }

  gate::shared_gate& gate() override { return gate_; }
  gate::admit_outcome admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                            std::span<const user_id> users, gate::admit_decisions& decisions) override;
  gate::look_outcome look(coupon_id coupon, epoch_number epoch) override;

  timestamp now() override;
  std::string run_id() override;
  void begin_lineage() override;
  void copy_to_replica() override;
  void promote_replica() override;
  void flush() override;
  contents everything() override;

 private:
  std::vector<std::string> all_keys();
  std::map<std::string, std::string> queue_at(const std::string& key);

  redis_server server_;
  redis::session::options options_;
  gate::redis_gate gate_;
  redis::session session_;  // as an API node's
  gate::admit_arguments arguments_;
  std::map<std::string, std::string> replica_;  // keys, serialized
};

}  // namespace firstcome::testing
