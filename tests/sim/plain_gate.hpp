#pragma once

// A shared gate in memory: what the scripts of src/gate do, for tests that need a gate and nothing else of Redis. The
// store may be copied and put back (a fail-over to a replica that lags), cleared, and given another lineage.

#include <map>

#include "gate/shared_gate.hpp"

namespace firstcome::testing {

struct plain_epoch {
  std::map<user_id, gate::admitted> users;
  std::map<sequence_number, queue::log_entry> log;  // by the first sequence
};

struct plain_meta {
  gate::gate_status status;  // serving_run_id and size are filled in when it is asked for
  epoch_number source = 0;
  std::int64_t announced = 0;
};

struct plain_gate_store {
  std::map<coupon_id, plain_meta> meta;
  std::map<std::pair<coupon_id, epoch_number>, plain_epoch> epochs;
  std::string run_id = "run-1";

  /// The script of the issue path: lets the users in that are not in and fit; one entry for all of them.
  std::vector<gate::admitted> admit(coupon_id coupon, const std::vector<std::int64_t>& users, timestamp now);
};

class plain_gate final : public gate::shared_gate {
 public:
  explicit plain_gate(plain_gate_store& store) : store_(store) {}

  std::optional<gate::gate_status> status(coupon_id coupon) override;
  std::optional<gate::log_view> read_log(coupon_id coupon, const queue::log_position& after,
                                         std::size_t count_max) override;
  std::optional<gate::admitted> find(coupon_id coupon, epoch_number epoch, user_id user) override;
  void each_admitted(coupon_id coupon, epoch_number epoch,
                     const std::function<void(const gate::admitted&)>& each) override;
  void trim_log(coupon_id coupon, epoch_number epoch, const queue::log_position& upto, sequence_number issued) override;
  bool confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id,
               const gate::gate_config& config) override;
  std::optional<gate::fenced> fence(coupon_id coupon, epoch_number epoch) override;
  bool load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
            std::span<const gate::admitted> users) override;
  bool open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate::gate_config& config,
            sequence_number size) override;
  void drop(coupon_id coupon, epoch_number epoch) override;
  bool retire(coupon_id coupon, epoch_number epoch) override;
  gate::change_outcome announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;
  gate::change_outcome lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                             std::int32_t total_quantity) override;
  gate::change_outcome configure(coupon_id coupon, epoch_number epoch, const gate::gate_config& config) override;

 private:
  plain_meta* find_meta(coupon_id coupon);
  plain_meta* confirmed(coupon_id coupon, epoch_number epoch);
  sequence_number size_of(coupon_id coupon, epoch_number epoch) const;

  plain_gate_store& store_;
};

}  // namespace firstcome::testing
