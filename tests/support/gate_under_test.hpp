#pragma once

// What the tests of the shared gate need from an implementation: the real Redis, and the simulation's.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "gate/redis/look_call.hpp"
#include "gate/shared_gate.hpp"

namespace firstcome::testing {

/// Of an installation of its own: a call that forgets the prefix finds nothing.
inline constexpr std::string_view prefix_under_test = "a-shop:";

class gate_under_test {
 public:
  /// Every key with its fields; of a queue its entries by position, and "last" for the highest position it ever had.
  using contents = std::map<std::string, std::map<std::string, std::string>>;

  virtual ~gate_under_test() = default;

  virtual gate::shared_gate& gate() = 0;
  virtual gate::admit_outcome admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                                    std::span<const user_id> users, gate::admit_decisions& decisions) = 0;
  virtual gate::look_outcome look(coupon_id coupon, epoch_number epoch) = 0;

  virtual timestamp now() = 0;
  virtual std::string run_id() = 0;
  /// As after a restart, or after a promotion of a replica that has everything.
  virtual void begin_lineage() = 0;
  /// What a replica has from now on, until it is promoted.
  virtual void copy_to_replica() = 0;
  virtual void promote_replica() = 0;
  virtual void flush() = 0;
  virtual contents everything() = 0;
};

using gate_factory = std::function<std::unique_ptr<gate_under_test>()>;

std::unique_ptr<gate_under_test> make_redis_gate_under_test();
std::unique_ptr<gate_under_test> make_simulated_gate_under_test();

}  // namespace firstcome::testing
