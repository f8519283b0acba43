#pragma once

// A cluster's node sees its own locks only. Who commits first to a coupon, or to an issue, takes the others'
// transactions back: they hear of it at a statement, or at their COMMIT at the latest.
//
// A shared ledger in memory, for the simulation and for tests: the transactions, locks and outcomes of the real one, no
// thread and no clock. `sim_ledger_store` is the server; each `sim_ledger` is one node's session with it. What a server
// may do to its clients is done to the store: end the session that holds a lock, go back to an older state, refuse
// rows. Replies that get lost and processes that die are the business of whoever stands between (stepped_stores.hpp).

#include <map>
#include <set>

#include "ledger/shared_ledger.hpp"

namespace firstcome::testing {

struct sim_issue {
  std::int64_t row_id = 0;
  issue_record record;
  std::string order_id = {};
};

/// What stands in the tables for one coupon. Dead letters are open ones: a replayed one is gone.
struct sim_coupon_rows {
  coupon row;
  ledger::queue_cursor cursor;
  std::map<sequence_number, sim_issue> issues;
  std::map<user_id, sequence_number> places;  // of issues
  std::map<std::int64_t, dead_letter> dead_letters;
  std::map<sequence_number, timestamp> given_up;  // and when
};

class sim_ledger_store {
 public:
  struct kept_key {
    std::string fingerprint;
    coupon_id coupon{};
    timestamp date_created;
  };
  struct data {
    std::map<coupon_id, sim_coupon_rows> coupons;
    std::vector<operator_action> actions;  // oldest first
    std::map<std::string, kept_key> keys;
    std::int64_t last_id = 0;  // of anything that has one
  };

  /// Called when a lock is held by another session and the caller would wait for it (nothing: as long as for a row):
  /// lets others get on, and answers whether to look again. Without it, a lock that is held is a time-out.
  std::function<bool(coupon_id, int node, std::optional<runtime::deadline> until)> wait_for_lock;

  /// Called when a lock was granted, and after each transaction that changed a coupon.
  std::function<void(coupon_id, int node, std::int64_t ticket)> on_locked;
  std::function<void(coupon_id)> on_commit;

  /// Whether a transaction that was overtaken hears of it at this statement already. And whether one that is done at
  /// once, without a lock of its own, is overtaken at its COMMIT. Without them: neither.
  std::function<bool()> hears_early;
  std::function<bool()> loses_at_once;

  /// Rules that a ledger made by hand may lack: for planted bugs.
  struct missing_rules {
    bool total = false;    // more rows than total_quantity
    bool unique = false;   // a user or a sequence twice
    bool count = false;    // issued_quantity apart from the rows
    bool used = false;     // a second order uses what is used, and what is used is returned
    bool order = false;    // which order used it is not remembered
    bool pool = false;     // what is returned to the pool is gone
    bool lineage = false;  // a cursor keeps the lineage that it had
    bool once = false;     // what is returned to the pool is counted twice
  } missing;

  const data& rows() const { return data_; }
  const sim_coupon_rows& of(coupon_id coupon) const { return data_.coupons.at(coupon); }

  data backup() const { return data_; }
  /// The ledger goes back. Every session is broken, every lock is gone.
  void restore(data older);
  /// Every connection breaks: transactions are rolled back, and each session's next call throws.
  void break_sessions();
  /// The server ends the session that holds this lock (it stood still for too long).
  void end_lock(coupon_id coupon, int node = 0) { lock_holders_.erase({coupon, node}); }
  bool locked(coupon_id coupon, int node = 0) const { return lock_holders_.contains({coupon, node}); }
  bool holds(coupon_id coupon, int node, std::int64_t ticket) const {
    const auto holder = lock_holders_.find({coupon, node});
    return holder != lock_holders_.end() && holder->second == ticket;
  }

  void refuse_user(user_id user) { refused_.insert(user); }
  void accept_user(user_id user) { refused_.erase(user); }

  /// For tests that damage the tables.
  data& damage() { return data_; }

 private:
  friend class sim_ledger;
  friend class sim_coupon_lock;

  /// Rows and dead letters into `coupon`, or why not, and then nothing has changed.
  ledger::append_outcome insert(sim_coupon_rows& coupon, std::span<const ledger::new_issue> rows,
                                std::span<const dead_letter> dead);
  bool refuses(std::span<const ledger::new_issue> rows) const;
  /// Takes the step in these rows. Errors as shared_ledger::take_step.
  result<issue_record> step_of(sim_coupon_rows& rows, user_id user, const issue_step& step, timestamp now,
                               const actor& by, std::optional<operator_action>& action) const;
  /// The issue of this user is locked by the transaction that has the coupon's lock.
  bool row_locked(coupon_id coupon, int node, user_id user) const {
    const auto rows = locked_rows_.find({coupon, node});
    return rows != locked_rows_.end() && holds(coupon, node, rows->second.ticket) && rows->second.users.contains(user);
  }
  void note(operator_action action) {
    action.id = ++data_.last_id;
    data_.actions.push_back(std::move(action));
  }
  void committed(coupon_id coupon) {
    ++commits_[coupon];
    if (on_commit) on_commit(coupon);
  }

  data data_;
  std::set<user_id> refused_;
  struct row_locks {
    std::int64_t ticket = 0;
    std::set<user_id> users;
  };
  using lock_name = std::pair<coupon_id, int>;      // of which node of the cluster
  std::map<lock_name, std::int64_t> lock_holders_;  // ticket of the lock
  std::map<lock_name, row_locks> locked_rows_;      // of issues, for as long as that ticket holds
  std::map<coupon_id, std::int64_t> commits_;
  std::int64_t last_ticket_ = 0;
  std::int64_t generation_ = 1;  // of connections
};

class sim_ledger : public ledger::shared_ledger {
 public:
  explicit sim_ledger(sim_ledger_store& store, int node = 0)
      : store_(store), node_(node), generation_(store.generation_) {}

  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by = {},
                        const std::optional<idempotency_key>& key = {}) override;
  result<coupon> find_coupon(coupon_id id) override;
  result<issue_record> find_issue(coupon_id coupon, user_id user) override;
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
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
  ledger::append_outcome replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by = {},
                                timestamp now = {}) override;
  ledger::append_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why,
                                 timestamp now) override;

  result<coupon_page> coupons(std::optional<coupon_id> after, int limit) override;
  result<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) override;
  result<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) override;
  result<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                       int limit) override;

 private:
  void connect();
  sim_coupon_rows* find(coupon_id coupon);

  sim_ledger_store& store_;
  const int node_;  // of the cluster
  std::int64_t generation_;
};

}  // namespace firstcome::testing
