#pragma once

// The row locks of one coupon in MariaDB or MySQL, over a connection of their own, which goes back to the ledger's idle
// ones at the end. Thread safety: the ledger's thread.

#include <memory>
#include <vector>

#include "ledger/mysql/session.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::ledger {

class mysql_coupon_lock final : public coupon_lock {
 public:
  using sessions = std::vector<std::unique_ptr<mysql_session>>;

  /// Errors as shared_ledger::lock.
  static result<std::unique_ptr<coupon_lock>> take(std::unique_ptr<mysql_session> over, std::shared_ptr<sessions> idle,
                                                   coupon_id coupon, runtime::deadline wait_until);
  ~mysql_coupon_lock() override;

  const queue_cursor& cursor() const override { return cursor_; }
  const coupon& row() const override { return row_; }
  void store(const coupon& changed, timestamp now, const actor& by) override;
  result<issue_record> take_step(user_id user, const issue_step& step, timestamp now, const actor& by) override;
  std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) override;
  void set_cursor(const queue_cursor& to) override;
  void note(const operator_action& action) override;
  void recount() override;
  append_outcome append(std::span<const new_issue> rows, std::span<const dead_letter> dead) override;
  void commit() override;

 private:
  mysql_coupon_lock(std::unique_ptr<mysql_session> over, std::shared_ptr<sessions> idle);

  result<void> acquire(coupon_id coupon, runtime::deadline wait_until);
  result<void> acquire_over(sql::mysql_connection& db, coupon_id coupon, runtime::deadline wait_until);
  template <class Work>
  auto within(Work work);
  void read_issued_quantity();
  void roll_back();

  std::unique_ptr<mysql_session> session_;
  std::shared_ptr<sessions> idle_;
  std::uint64_t generation_ = 0;  // of the connection that holds the locks
  bool open_ = false;             // the transaction is
  queue_cursor cursor_;
  coupon row_;
};

}  // namespace firstcome::ledger
