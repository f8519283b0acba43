#pragma once

// The one connection that writes and checkpoints. Every operation is one transaction, on stable storage when it answers
// (WAL, synchronous=FULL). After an error the transaction is surely gone (an explicit ROLLBACK), or `ledger_broken` is
// thrown and this writer must not be used again.
//
// Thread safety: one thread at a time.

#include "ledger/ledger.hpp"
#include "ledger/sqlite/checkpoint_barrier.hpp"
#include "ledger/sqlite/kept_keys.hpp"
#include "ledger/sqlite/ledger.hpp"
#include "ledger/sqlite/operator_trail.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class sqlite_writer final : public writer {
 public:
  /// `readers`: where all readers of this ledger pass.
  sqlite_writer(sql::connection db, const sqlite_ledger_options& options, std::shared_ptr<checkpoint_barrier> readers);

  commit_outcome commit(std::span<const new_issue> rows) override;
  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by,
                        const std::optional<idempotency_key>& key) override;
  result<coupon> store(const coupon& changed, timestamp now, const actor& by) override;
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by) override;
  std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) override;
  void checkpoint_if_due(bool idle) override;

 private:
  /// Runs `work` between BEGIN and COMMIT. False: surely rolled back.
  template <class Work>
  bool in_transaction(Work work);
  void roll_back_after(const sql::sqlite_error& cause);
  /// Takes everything back and throws ledger_broken.
  [[noreturn]] void contradicts(const std::string& what);

  void insert(std::span<const new_issue> rows);
  /// `last`: the sequence that issued_quantity must then stand at, so that no gap can be committed.
  void raise_issued_quantity(coupon_id coupon, std::int64_t by, sequence_number last);
  coupon read_coupon(coupon_id id);
  std::optional<coupon> find_coupon(coupon_id id);
  // Within a transaction.
  result<coupon> create_within(const coupon_draft& draft, timestamp now, const actor& by,
                               const std::optional<idempotency_key>& key);
  coupon insert(const coupon_draft& draft, timestamp now);
  result<coupon> store_within(const coupon& changed, timestamp now, const actor& by);
  result<issue_record> step_within(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                   const actor& by);
  void move_counts_after_return(coupon_id coupon);
  /// True: a checkpoint must come now, whoever waits.
  bool wal_is_long() const;
  void checkpoint();

  sql::connection db_;
  std::shared_ptr<checkpoint_barrier> readers_;
  sql::statement begin_, commit_, insert_issue_, raise_issued_, insert_coupon_, update_coupon_, select_coupon_,
      select_issue_, update_issue_, move_counts_;
  operator_trail trail_;
  kept_keys keys_;

  const std::chrono::milliseconds commit_delay_;  // of test builds only: as if the disk were slow

  std::int64_t wal_pages_max_;
  std::int64_t wal_pages_idle_;
  std::int64_t wal_pages_tried_ = 0;         // the WAL's length at its last checkpoint; 0 once it has started over
  std::unique_ptr<std::int64_t> wal_pages_;  // set by SQLite after each commit; its address outlives a move
};

}  // namespace firstcome::ledger
