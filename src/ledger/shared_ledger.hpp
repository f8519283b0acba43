#pragma once

// The ledger of the distributed shape, as domain transactions: many nodes write to it at once. Besides `reader` (lists)
// it has what workers, confirm, rebuild, operators and the auditor need.
//
// Locks are taken in one order everywhere: `issue_cursors`, then `coupons`. Thread safety: one thread each.
// Every function may throw `store_unavailable` (unknown whether it happened: run it again, the cursor decides), and
// `transaction_conflict` and `deadline_passed`, which are such: surely not done.
//
// The store may be a cluster in which each node takes writes (Galera). There a lock is held against transactions of the
// same node only; who is overtaken by a commit at another node learns it at its own COMMIT, which then is not done.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/coupon.hpp"
#include "domain/dead_letter.hpp"
#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "ledger/ledger.hpp"
#include "queue/queue_entry.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::ledger {

/// The store took the transaction back because another was first: a deadlock, or a commit at another node of its
/// cluster.
class transaction_conflict : public store_unavailable {
 public:
  using store_unavailable::store_unavailable;
};

/// How far a coupon's queue has been moved into the ledger. `run_id` fences workers that read from a lineage of Redis'
/// data that was lost: see docs/adr/0004.
struct queue_cursor {
  epoch_number epoch = 0;
  std::string run_id;
  queue::queue_position last_id = queue::queue_start;
  sequence_number last_sequence = 0;
  friend bool operator==(const queue_cursor&, const queue_cursor&) = default;
};

/// What a scan compares a coupon's gate with.
struct coupon_standing {
  coupon_id coupon{};
  queue_cursor cursor;
  std::int64_t config_version = 0;
  timestamp end;
  friend bool operator==(const coupon_standing&, const coupon_standing&) = default;
};

/// Selects the coupons whose window ends after an instant, or those whose window ends by then.
enum class standing_range : std::uint8_t { ending_after, ended_by };

enum class append_outcome : std::uint8_t {
  committed,
  busy,        // another worker holds the cursor
  overtaken,   // another node of the store's cluster committed to this coupon first; nothing was done
  moved,       // the cursor is not where the caller believes: read again
  refused,     // the server refuses a row for its data: bisect
  over_total,  // the rows would exceed total_quantity: an alarm; nothing was done
  conflict,    // a user or a sequence of the rows is taken by another record: an alarm; nothing was done
};

struct append_batch {
  queue_cursor from;              // where the cursor must stand
  queue_cursor to;                // where it stands afterwards; same epoch and run_id
  std::vector<new_issue> rows;    // ascending by sequence
  std::vector<dead_letter> dead;  // their places are kept
};

/// Holds the row locks of one coupon (cursor, then coupon) until `commit` or the end of its life (rollback).
class coupon_lock {
 public:
  virtual ~coupon_lock() = default;
  virtual const queue_cursor& cursor() const = 0;
  virtual const coupon& row() const = 0;

  /// Stores title, total_quantity, window, paused, restock, epoch and config_version of `changed`.
  virtual void store(const coupon& changed, timestamp now, const actor& by = {}) = 0;
  /// Within this transaction. Errors: issue_not_found, and those of after_step. A return moves the counts of `row` as
  /// with_return says.
  virtual result<issue_record> take_step(user_id user, const issue_step& step, timestamp now, const actor& by = {}) = 0;
  /// Several of this coupon, of different users: as each by itself, in fewer round trips where the store can.
  virtual std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) {
    std::vector<result<issue_record>> answers;
    for (const step_request& one : requests) answers.push_back(take_step(one.user, one.step, one.at, one.by));
    return answers;
  }
  virtual void set_cursor(const queue_cursor& to) = 0;
  /// Puts it on the trail, within this transaction; store and take_step do so by themselves.
  virtual void note(const operator_action& action) = 0;
  /// Sets issued_quantity to the number of rows that are not returned: a repair.
  virtual void recount() = 0;
  /// Inserts rows and dead letters and raises issued_quantity. Never `busy`, `overtaken` or `moved`; after anything but
  /// `committed` (here: done, within this transaction) only the rollback is left.
  virtual append_outcome append(std::span<const new_issue> rows, std::span<const dead_letter> dead) = 0;
  /// Throws transaction_conflict when another node of the store's cluster was first.
  virtual void commit() = 0;
};

class shared_ledger : public reader, public runtime::waits_until {
 public:
  /// With its cursor at epoch 0: the gate is still to be built. The row's epoch is 0. With a key that came before: the
  /// row as it is now. Errors: idempotency_key_reused. Here and below, what `by` does stands on the trail in the same
  /// transaction, if they work here.
  virtual result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by = {},
                                const std::optional<idempotency_key>& key = {}) = 0;
  virtual result<coupon> find_coupon(coupon_id id) = 0;
  /// Errors: coupon_not_found, issue_not_found. An open dead letter is a record with status `accepted`.
  virtual result<issue_record> find_issue(coupon_id coupon, user_id user) = 0;
  /// Of several users, each in its place; of one instant where the store can. Errors: issue_not_found.
  virtual std::vector<result<issue_record>> find_issues(coupon_id coupon, std::span<const user_id> users) {
    std::vector<result<issue_record>> found;
    for (const user_id user : users) found.push_back(find_issue(coupon, user));
    return found;
  }
  /// One transaction. Errors: issue_not_found, those of after_step; overloaded when a return could not have the
  /// coupon's lock. Who returns to the pool has the gate to tell too (coordination/operator_change.hpp).
  virtual result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                         const actor& by = {}) = 0;
  /// Several, none of them a return, each as if those before it were done: one transaction where the store can. Answers
  /// each in its place. What it throws counts for all of them.
  virtual std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) {
    std::vector<result<issue_record>> answers;
    for (const step_request& one : requests)
      answers.push_back(take_step(one.coupon, one.user, one.step, one.at, one.by));
    return answers;
  }

  virtual std::optional<queue_cursor> cursor_of(coupon_id coupon) = 0;
  /// Coupons whose queue may still grow or is not drained: their window ends after `ended_after`, by id.
  virtual std::vector<coupon_id> coupons_ending_after(timestamp ended_after) = 0;
  /// A page of coupons with their cursors, by id: those past `after`, `limit` at most. Epoch 0: it has no cursor.
  virtual std::vector<coupon_standing> standings(standing_range range, timestamp at, coupon_id after, int limit) = 0;

  /// One transaction: rows, dead letters, issued_quantity and cursor together, or nothing.
  virtual append_outcome append(coupon_id coupon, const append_batch& batch) = 0;
  /// Whether the server would take these rows: a transaction that is rolled back. `committed` or why not.
  virtual append_outcome probe(coupon_id coupon, std::span<const new_issue> rows) = 0;

  /// The lock lives by the deadline that the ledger has now. Errors: coupon_not_found; overloaded when it could not be
  /// had until `wait_until`.
  virtual result<std::unique_ptr<coupon_lock>> lock(coupon_id coupon, runtime::deadline wait_until) = 0;

  /// Every issue, every open dead letter (status `accepted`; its user may be unknown: 0), and every place that was
  /// given up (the same, of user 0, with date_returned), in ascending sequence, as of one instant. `each` must not use
  /// this ledger.
  virtual void each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) = 0;

  virtual std::vector<dead_letter> dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id, int limit) = 0;
  /// Makes an open dead letter a row, in one transaction, and closes it. `user`: for one whose user was unknown.
  virtual append_outcome replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by = {},
                                timestamp now = {}) = 0;
  /// Gives up the place of an open dead letter, or one up to the cursor that nobody has: it is nobody's from now on,
  /// and its user is as one who never asked. `why` is kept with it. `moved`: there is no such place, or it is given up
  /// already; `conflict`: it is an issue's; `busy`: somebody held the coupon.
  virtual append_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why, timestamp now) = 0;
};

}  // namespace firstcome::ledger
