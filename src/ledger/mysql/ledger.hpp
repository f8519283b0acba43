#pragma once

// The shared ledger on MariaDB or MySQL. READ COMMITTED, locks in one order (issue_cursors, then coupons), one
// connection for everything but the locks, which have connections of their own: while a `coupon_lock` lives the ledger
// can be used for anything else.
//
// A node that is stopped or vanishes in the middle of a transaction loses it, and its locks, after `timeouts.idle`.
// Whoever holds a `coupon_lock` must therefore not rest longer than that between two calls on it, or its commit throws
// store_unavailable.
//
// Thread safety: one thread; locks stay on it and may outlive the ledger.

#include <memory>
#include <unordered_map>

#include "ledger/mysql/session.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::ledger {

class mysql_coupon_lock;

class mysql_ledger final : public shared_ledger {
 public:
  /// Connects at first use; `connect` makes it earlier.
  explicit mysql_ledger(mysql_ledger_options options);
  ~mysql_ledger() override;

  /// For the start. Throws mysql_connect_error, or std::runtime_error for a server that may not be used (schema,
  /// durability): sentences for the operator.
  void connect() { session_->connect(); }

  result<coupon_page> coupons(std::optional<coupon_id> after, int limit) override;
  result<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) override;
  result<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) override;
  result<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                       int limit) override;

  /// Also invalid_coupon, for what the server cannot hold.
  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by = {},
                        const std::optional<idempotency_key>& key = {}) override;
  result<coupon> find_coupon(coupon_id id) override;
  result<issue_record> find_issue(coupon_id coupon, user_id user) override;
  std::vector<result<issue_record>> find_issues(coupon_id coupon, std::span<const user_id> users) override;
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by = {}) override;
  std::vector<result<issue_record>> take_steps(std::span<const step_request> requests) override;

  std::optional<queue_cursor> cursor_of(coupon_id coupon) override;
  std::vector<coupon_id> coupons_ending_after(timestamp ended_after) override;
  std::vector<coupon_standing> standings(standing_range range, timestamp at, coupon_id after, int limit) override;

  /// `moved` also when the connection over which this coupon's cursor was last read is gone: the ledger may have been
  /// set back since. `conflict` also when rows and dead letters do not fill the places between the cursors.
  append_outcome append(coupon_id coupon, const append_batch& batch) override;
  /// Also `busy`. Holds the cursor while it tries.
  append_outcome probe(coupon_id coupon, std::span<const new_issue> rows) override;

  using shared_ledger::until;
  void until(runtime::deadline last) override;

  /// The server waits in whole seconds: what is left is rounded up to them; when nothing is, it does not wait. The
  /// ledger's own deadline is kept to the millisecond.
  result<std::unique_ptr<coupon_lock>> lock(coupon_id coupon, runtime::deadline wait_until) override;

  void each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) override;

  /// Open ones, by id.
  std::vector<dead_letter> dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id, int limit) override;
  /// `moved`: there is no such open dead letter. `refused`: its user is unknown and none was given, or the server still
  /// refuses the row. `conflict`: the user or the place is taken, or the letter is another user's. `busy`: somebody
  /// held the coupon for longer than a lock is waited for.
  append_outcome replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by = {},
                        timestamp now = {}) override;
  append_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why, timestamp now) override;

 private:
  append_outcome append_once(sql::mysql_connection& db, coupon_id coupon, const append_batch& batch, bool careful);
  bool cursor_is_outdated(coupon_id coupon);
  result<coupon> create_once(sql::mysql_connection& db, const coupon_draft& draft, timestamp now, const actor& by,
                             const std::optional<idempotency_key>& key);
  result<issue_record> give_back(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by);
  std::vector<issue_record> places_without_row(sql::mysql_connection& db, coupon_id coupon);

  std::unique_ptr<mysql_session> session_;
  std::shared_ptr<std::vector<std::unique_ptr<mysql_session>>> idle_sessions_;  // for locks
  std::unordered_map<coupon_id, std::uint64_t> cursor_read_over_;               // by which connection's generation
};

}  // namespace firstcome::ledger
