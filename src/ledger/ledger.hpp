#pragma once

// The record that counts, as domain operations. One `writer` at a time, used by one thread at a time; any number of
// `reader`s, one thread each. What a function answers is in the ledger (or surely not): there is no third outcome here,
// because a store that cannot tell ends the process (`ledger_broken`), and what is on disk is then the truth.

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "domain/coupon.hpp"
#include "domain/error.hpp"
#include "domain/idempotency.hpp"
#include "domain/issue.hpp"
#include "domain/issue_life.hpp"
#include "domain/operator_action.hpp"
#include "domain/page.hpp"

namespace firstcome::ledger {

/// The store failed in a way after which its state is unknown (an I/O error, corruption, a row that contradicts what
/// memory knows). Nobody catches it but the boundary that logs it and ends the process with exit code 1.
class ledger_broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One admission on its way to becoming a row.
struct new_issue {
  coupon_id coupon{};
  user_id user{};
  sequence_number sequence = 0;
  timestamp date_issued;
};

/// One step of an issue's life that somebody asks for.
struct step_request {
  coupon_id coupon{};
  user_id user{};
  issue_step step;
  timestamp at;
  actor by = {};
};

enum class commit_outcome {
  committed,    // on stable storage
  rolled_back,  // surely not: the disk is full, or somebody else holds the lock; try later
};

class writer {
 public:
  virtual ~writer() = default;

  /// One transaction: inserts every row and raises each coupon's issued_quantity by its number of rows. Rows of one
  /// coupon come in ascending sequence and continue what is there. Durable when it answers `committed`.
  virtual commit_outcome commit(std::span<const new_issue> rows) = 0;

  /// Each is one durable transaction, and what `by` does stands on the trail in the same one, if they work here.
  /// errc::overloaded: rolled back, as above.
  /// With a key: the coupon that was made with it, if it came before within the time that keys are kept. Errors:
  /// idempotency_key_reused.
  virtual result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by = {},
                                const std::optional<idempotency_key>& key = {}) = 0;
  /// Stores title, total_quantity, window, paused, restock and config_version of `changed`. The caller has checked the
  /// change.
  virtual result<coupon> store(const coupon& changed, timestamp now, const actor& by = {}) = 0;
  /// Errors: issue_not_found, and those of after_step. A return moves the coupon's counts as `with_return` says.
  virtual result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                         const actor& by = {}) = 0;
  /// Several, each as if those before it were done: one transaction where the store can. Answers each in its place.
  virtual std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) {
    std::vector<result<issue_record>> answers;
    for (const step_request& one : requests)
      answers.push_back(take_step(one.coupon, one.user, one.step, one.at, one.by));
    return answers;
  }

  /// Housekeeping between batches (SQLite: a passive checkpoint when it is due); `idle` when nothing waits.
  virtual void checkpoint_if_due(bool idle) = 0;
};

/// For the start: everything that memory is rebuilt from.
class loader {
 public:
  virtual ~loader() = default;
  virtual std::vector<coupon> coupons() = 0;
  /// Every issue of every coupon; those of one coupon in ascending sequence.
  virtual void issues(const std::function<void(const issue_record&)>& each) = 0;
};

class reader {
 public:
  virtual ~reader() = default;
  virtual result<coupon_page> coupons(std::optional<coupon_id> after, int limit) = 0;
  virtual result<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) = 0;
  virtual result<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) = 0;
  /// Newest first, those of one coupon or all of them; `before`: only older ones.
  virtual result<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                               int limit) = 0;
};

}  // namespace firstcome::ledger
