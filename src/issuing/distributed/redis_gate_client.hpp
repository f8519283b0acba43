#pragma once

// Batches to a gate in Redis: one for each event loop. It remembers each gate's epoch, and asks again at once when the
// gate names another one (it surely did nothing).
// Thread safety: the loop's thread only.

#include <memory>
#include <vector>

#include "gate/redis/look_call.hpp"
#include "issuing/distributed/epoch_cache.hpp"
#include "issuing/distributed/gate_client.hpp"
#include "issuing/distributed/gate_clock.hpp"
#include "redis/async_client.hpp"

namespace firstcome::issuing {

class redis_gate_client final : public gate_client {
 public:
  /// `backlog_max`: admissions of a coupon that may wait for the ledger.
  redis_gate_client(redis::async_client& redis, gate_clock& clock, std::int64_t backlog_max,
                    std::string_view prefix = gate::default_prefix);
  ~redis_gate_client() override;

  void admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) override;
  void look(coupon_id coupon, runtime::deadline until, receiver& to) override;

 private:
  class call;
  class admit_call;
  class look_call;

  template <class Call>
  Call& free_one(std::vector<std::unique_ptr<Call>>& of);

  redis::async_client& redis_;
  gate_clock& clock_;
  const std::int64_t backlog_max_;
  const std::string prefix_;
  const redis::script admit_script_;
  const redis::script lease_script_;
  epoch_cache epochs_;
  std::vector<std::unique_ptr<admit_call>> admits_;  // used again
  std::vector<std::unique_ptr<look_call>> looks_;
};

}  // namespace firstcome::issuing
