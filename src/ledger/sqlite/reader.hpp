#pragma once

// Pages of the ledger, over a read-only connection of its own. Every function is one statement and so one short read
// transaction, reset at once and inside the gate: a reader that lingers would keep the writer from starting its WAL
// over.
//
// Errors: errc::unavailable when the store is locked for longer than we wait; ledger_broken when the disk fails or the
// file is damaged; sql::sqlite_error for what only this connection suffers from (memory, file descriptors).
// Thread safety: one thread at a time.

#include "ledger/ledger.hpp"
#include "ledger/sqlite/checkpoint_barrier.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class sqlite_reader final : public reader {
 public:
  sqlite_reader(sql::connection db, std::shared_ptr<checkpoint_barrier> gate);

  result<coupon_page> coupons(std::optional<coupon_id> after, int limit) override;
  result<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) override;
  result<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) override;
  result<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                       int limit) override;

 private:
  template <class Page, class Read, class Position>
  result<Page> read_page(sql::statement& query, int limit, Read read, Position position);

  sql::connection db_;
  std::shared_ptr<checkpoint_barrier> gate_;
  sql::statement coupons_, issues_of_coupon_, issues_of_user_, actions_;
};

}  // namespace firstcome::ledger
