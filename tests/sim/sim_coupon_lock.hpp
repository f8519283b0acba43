#pragma once

// The row locks of one coupon in the simulated ledger, and the transaction under them: what was stored is seen by
// nobody before the commit. Lost (every call throws) once the server has ended its session.

#include "sim/sim_ledger.hpp"

namespace firstcome::testing {

class sim_coupon_lock final : public ledger::coupon_lock {
 public:
  /// Requires that nobody holds it.
  sim_coupon_lock(sim_ledger_store& store, coupon_id coupon);
  ~sim_coupon_lock() override;

  std::int64_t ticket() const { return ticket_; }
  const ledger::queue_cursor& cursor() const override { return working_.cursor; }
  const coupon& row() const override { return working_.row; }
  void store(const coupon& changed, timestamp now, const actor& by) override;
  result<issue_record> take_step(user_id user, const issue_step& step, timestamp now, const actor& by) override;
  void set_cursor(const ledger::queue_cursor& to) override;
  void note(const operator_action& action) override;
  void recount() override;
  ledger::append_outcome append(std::span<const ledger::new_issue> rows, std::span<const dead_letter> dead) override;
  void commit() override;

 private:
  bool held() const;
  void must_be_held() const;
  void see_row(user_id user);

  sim_ledger_store& store_;
  const coupon_id coupon_;
  const std::int64_t ticket_;
  sim_coupon_rows working_;
  std::vector<operator_action> actions_;
  std::set<user_id> stepped_;  // whose rows are locked
};

}  // namespace firstcome::testing
