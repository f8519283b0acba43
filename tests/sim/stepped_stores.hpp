#pragma once

// A gate and a ledger whose every call is a step that somebody watches: before it and after it. Whoever watches may let
// others run, or throw: before, the call never happened; after, it happened and the reply was lost. What changes
// something may also happen when nobody waits for it any more.

#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::testing {

class step_watcher {
 public:
  virtual ~step_watcher() = default;
  virtual void before(const char* step) = 0;
  virtual void after(const char* step) = 0;

  /// Before a step that changes something: true, and the caller hears nothing (`later` throws), while the effect is yet
  /// to come, or never does.
  virtual bool overtakes(const char*) { return false; }
  virtual void later(const char*, std::function<void()> /*effect*/) {}

  /// Whoever had this lock has let go of it, without a commit.
  virtual void let_go(std::shared_ptr<ledger::coupon_lock>) {}
};

class stepped_gate final : public gate::shared_gate {
 public:
  stepped_gate(gate::shared_gate& inner, step_watcher& watcher) : inner_(inner), watcher_(watcher) {}

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
  gate::shared_gate& inner_;
  step_watcher& watcher_;
};

class stepped_ledger final : public ledger::shared_ledger {
 public:
  stepped_ledger(ledger::shared_ledger& inner, step_watcher& watcher) : inner_(inner), watcher_(watcher) {}

  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by,
                        const std::optional<idempotency_key>& key) override;
  result<coupon> find_coupon(coupon_id id) override;
  result<issue_record> find_issue(coupon_id coupon, user_id user) override;
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& what, timestamp now,
                                 const actor& by = {}) override;
  std::optional<ledger::queue_cursor> cursor_of(coupon_id coupon) override;
  std::vector<coupon_id> coupons_ending_after(timestamp ended_after) override;
  std::vector<ledger::coupon_standing> standings(ledger::standing_range range, timestamp at, coupon_id after,
                                                 int limit) override;
  ledger::append_outcome append(coupon_id coupon, const ledger::append_batch& batch) override;
  ledger::append_outcome probe(coupon_id coupon, std::span<const ledger::new_issue> rows) override;
  result<std::unique_ptr<ledger::coupon_lock>> lock(coupon_id coupon, runtime::deadline wait_until) override;
  void each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) override;
  std::vector<dead_letter> dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id, int limit) override;
  ledger::append_outcome replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by,
                                timestamp now) override;
  ledger::append_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why,
                                 timestamp now) override;

  result<coupon_page> coupons(std::optional<coupon_id> after, int limit) override;
  result<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) override;
  result<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) override;
  result<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                       int limit) override;

 private:
  ledger::shared_ledger& inner_;
  step_watcher& watcher_;
};

}  // namespace firstcome::testing
