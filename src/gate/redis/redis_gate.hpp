#pragma once

// The shared gate in Redis: each step is one script (scripts/*.lua). See shared_gate.hpp for what they require.
//
// An error reply, and a reply that the scripts do not give, are `store_unavailable` too; its text says which.

#include <unordered_map>

#include "gate/redis/keys.hpp"
#include "gate/shared_gate.hpp"
#include "redis/session.hpp"

namespace firstcome::gate {

class redis_gate final : public shared_gate {
 public:
  explicit redis_gate(redis::session::options with, std::string_view prefix = default_prefix)
      : in_cluster_(with.at.cluster), redis_(std::move(with)), prefix_(prefix) {}

  using shared_gate::until;
  void until(runtime::deadline last) override {
    shared_gate::until(last);
    redis_.until(last);
  }

  std::optional<gate_status> status(coupon_id coupon) override;
  std::vector<std::optional<gate_status>> statuses(std::span<const gate_name> of) override;
  std::vector<std::optional<gate_count>> counts(std::span<const gate_name> of) override;
  std::optional<queue_view> read_queue(coupon_id coupon, const queue::queue_position& after,
                                       std::size_t count_max) override;
  std::optional<admitted> find(coupon_id coupon, epoch_number epoch, user_id user) override;
  std::vector<std::optional<admitted>> find_each(coupon_id coupon, epoch_number epoch,
                                                 std::span<const user_id> users) override;
  void each_admitted(coupon_id coupon, epoch_number epoch, const std::function<void(const admitted&)>& each) override;
  void trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                  sequence_number issued) override;

  bool confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config) override;
  std::optional<fenced> fence(coupon_id coupon, epoch_number epoch) override;
  bool load(coupon_id coupon, epoch_number epoch, const std::string& run_id, std::span<const admitted> users) override;
  bool open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate_config& config,
            sequence_number size) override;
  void drop(coupon_id coupon, epoch_number epoch) override;
  bool retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;

  change_outcome announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;
  change_outcome lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                       std::int32_t total_quantity) override;
  change_outcome mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) override;
  change_outcome configure(coupon_id coupon, epoch_number epoch, const gate_config& config) override;

 private:
  /// Reads one answer about this many gates. False: the answer has another shape.
  using look_reader = std::function<bool(const redis::reply&, std::size_t)>;
  /// Many gates a call, or in a cluster one, and no call waits for the answer of another.
  void look_at(std::span<const gate_name> of, const redis::script& what, const look_reader& read);

  const bool in_cluster_;  // keys of one call must share a slot
  redis::session redis_;
  const std::string prefix_;
  // The epoch that a coupon's gate had last: keys are named before they are read. Wrong ones cost one more round.
  std::unordered_map<coupon_id, epoch_number> epochs_;
};

}  // namespace firstcome::gate
