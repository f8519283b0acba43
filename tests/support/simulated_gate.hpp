#pragma once

// The gate as plain C++ in memory: what the scripts do in Redis, step for step, by a clock that is handed in. The
// simulation runs on it; the differential test (contract/gate_differential_test.cpp) holds it against the real one.
//
// Invariant: the k-th user let in stands in the queue with sequence k, and in `users` with the same.
// Thread safety: one thread.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gate/redis/look_call.hpp"
#include "gate/redis/record_text.hpp"
#include "gate/shared_gate.hpp"
#include "queue/queue_entry.hpp"

namespace firstcome::testing {

/// A gate's meta. What is absent in Redis is absent here.
struct simulated_meta {
  epoch_number epoch = 0;
  std::string state;
  std::optional<std::string> run_id;
  std::optional<gate::gate_config> config;
  std::optional<std::int64_t> announced;
  std::optional<sequence_number> issued;
  std::optional<epoch_number> source;
  std::optional<epoch_number> retired;
  bool lowering = false;
};

struct simulated_queue {
  struct entry {
    queue::queue_position at;
    queue::stream_fields fields;  // as they lie there: a test may spoil them
  };
  std::vector<entry> entries;
  sequence_number last_id = 0;  // of "sequence-0"; the next must be higher
};

/// A coupon's keys.
struct simulated_keys {
  using user_map = std::map<std::int64_t, gate::admission_record>;  // by the field's number: record_text.hpp
  std::optional<simulated_meta> meta;
  std::map<epoch_number, user_map> users;
  std::map<epoch_number, simulated_queue> queues;

  sequence_number size(epoch_number epoch) const;
  std::optional<gate::admission_record> record(epoch_number epoch, user_id user) const;
};

/// Everything that one Redis holds. A copy of `coupons` is what a replica had at that moment; putting it back and
/// beginning a lineage is a fail-over to it. A flush is an empty `coupons`.
struct simulated_redis {
  std::map<coupon_id, simulated_keys> coupons;
  std::string run_id = "lineage-1";
  std::uint64_t lineages = 1;
  std::function<void(coupon_id)> on_retired = [](coupon_id) {};

  /// As after a restart or a promotion.
  void begin_lineage() { run_id = "lineage-" + std::to_string(++lineages); }

  /// Nothing when there is no meta.
  const simulated_meta* meta_of(coupon_id coupon) const;
  bool serves(const simulated_meta& meta) const { return meta.state == "open" && meta.run_id == run_id; }
};

class simulated_gate : public gate::shared_gate {
 public:
  using clock = std::function<timestamp()>;

  /// Several gates may share one Redis.
  simulated_gate(simulated_redis& redis, clock now) : redis_(redis), now_(std::move(now)) {}

  /// A scan takes many steps: called in the middle of it; true: what came meanwhile is seen, and some users twice.
  std::function<bool()> amid_scan;

  // The API nodes' scripts.
  gate::admit_outcome admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                            std::span<const user_id> users, gate::admit_decisions& decisions);
  gate::look_outcome look(coupon_id coupon, epoch_number epoch);

  std::optional<gate::gate_status> status(coupon_id coupon) override;
  std::optional<gate::queue_view> read_queue(coupon_id coupon, const queue::queue_position& after,
                                             std::size_t count_max) override;
  std::optional<gate::admitted> find(coupon_id coupon, epoch_number epoch, user_id user) override;
  void each_admitted(coupon_id coupon, epoch_number epoch,
                     const std::function<void(const gate::admitted&)>& each) override;
  void trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                  sequence_number issued) override;

  bool confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id,
               const gate::gate_config& config) override;
  std::optional<gate::fenced> fence(coupon_id coupon, epoch_number epoch) override;
  bool load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
            std::span<const gate::admitted> users) override;
  bool open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate::gate_config& config,
            sequence_number size) override;
  void drop(coupon_id coupon, epoch_number epoch) override;
  bool retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;

  gate::change_outcome announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) override;
  gate::change_outcome lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                             std::int32_t total_quantity) override;
  gate::change_outcome mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) override;
  gate::change_outcome configure(coupon_id coupon, epoch_number epoch, const gate::gate_config& config) override;

 private:
  simulated_redis& redis_;
  const clock now_;
};

}  // namespace firstcome::testing
