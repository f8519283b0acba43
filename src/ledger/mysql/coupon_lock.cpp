#include "ledger/mysql/coupon_lock.hpp"

#include "ledger/mysql/append.hpp"
#include "ledger/mysql/operator_trail.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/step_batch.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

using namespace std::chrono;

std::string set_lock_timeout(std::int64_t seconds) {
  return "SET SESSION innodb_lock_wait_timeout = " + std::to_string(seconds);
}

store_unavailable lost() {
  return store_unavailable("the lock on the coupon is lost: the connection that held it broke, or rested for too long");
}

}  // namespace

/// A session that came back after a failure holds no locks any more.
template <class Work>
auto mysql_coupon_lock::within(Work work) {
  if (!open_ || !session_->connected()) throw lost();  // no need to connect only to see that
  return session_->run([&](sql::mysql_connection& db) {
    if (session_->generation() != generation_) throw lost();
    return work(db);
  });
}

mysql_coupon_lock::mysql_coupon_lock(std::unique_ptr<mysql_session> over, std::shared_ptr<sessions> idle)
    : session_(std::move(over)), idle_(std::move(idle)) {}

mysql_coupon_lock::~mysql_coupon_lock() {
  try {
    if (open_) roll_back();
    idle_->push_back(std::move(session_));
  } catch (const std::exception&) {
    // The connection is gone, and the transaction with it.
  }
}

result<std::unique_ptr<coupon_lock>> mysql_coupon_lock::take(std::unique_ptr<mysql_session> over,
                                                             std::shared_ptr<sessions> idle, coupon_id coupon,
                                                             runtime::deadline wait_until) {
  std::unique_ptr<mysql_coupon_lock> lock(new mysql_coupon_lock(std::move(over), std::move(idle)));
  if (const result<void> had = lock->acquire(coupon, wait_until); !had) return had.error();
  return std::unique_ptr<coupon_lock>(std::move(lock));
}

/// A wait that the session's own deadline ends has changed nothing: the lock was not had, whoever holds it.
result<void> mysql_coupon_lock::acquire(coupon_id coupon, runtime::deadline wait_until) try {
  return session_->run([&](sql::mysql_connection& db) { return acquire_over(db, coupon, wait_until); });
} catch (const store_unavailable&) {
  open_ = false;
  if (!session_->until().passed()) throw;
  return errc::overloaded;
}

result<void> mysql_coupon_lock::acquire_over(sql::mysql_connection& db, coupon_id coupon,
                                             runtime::deadline wait_until) try {
  const std::string id = std::to_string(raw(coupon));
  const milliseconds left = earlier(wait_until, session_->until()).left();
  const bool waits = left > milliseconds(0);
  const std::int64_t seconds_max = session_->options().timeouts.reply.count() - 1;  // the server must answer before
  const std::int64_t seconds =
      std::clamp<std::int64_t>(ceil<std::chrono::seconds>(left).count(), 1, std::max<std::int64_t>(1, seconds_max));
  db.execute(set_lock_timeout(seconds));
  begin(db);
  sql::mysql_rows cursor =
      db.query(std::string("SELECT ") + cursor_columns + " FROM issue_cursors WHERE coupon_id = " + id + " FOR UPDATE" +
               (waits ? "" : " NOWAIT"));
  open_ = true;
  generation_ = session_->generation();
  if (!cursor.next()) return errc::coupon_not_found;
  cursor_ = cursor_from(cursor);
  sql::mysql_rows row =
      db.query(std::string("SELECT ") + shared_coupon_columns + " FROM coupons WHERE id = " + id + " FOR UPDATE");
  if (!row.next()) return errc::coupon_not_found;
  row_ = coupon_from(row);
  db.execute(set_lock_timeout(session_->options().timeouts.lock.count()));
  return {};
} catch (const sql::mysql_error& e) {
  if (!passes(e)) throw;
  roll_back_after(db, e);
  open_ = false;
  return errc::overloaded;
}

void mysql_coupon_lock::store(const coupon& changed, timestamp now, const actor& by) {
  within([&](sql::mysql_connection& db) {
    return db.execute(
        "UPDATE coupons SET title = " + db.quoted(changed.title) +
        ", total_quantity = " + literal(changed.total_quantity) +
        ", date_issue_start = " + literal(changed.window.start) + ", date_issue_end = " + literal(changed.window.end) +
        ", paused = " + (changed.paused ? "TRUE" : "FALSE") + ", restock = '" + to_string(changed.restock) + "'" +
        ", epoch = " + std::to_string(changed.epoch) + ", config_version = " + std::to_string(changed.config_version) +
        ", date_updated = " + literal(now) + " WHERE id = " + std::to_string(raw(row_.id)));
  });
  const coupon before = row_;
  row_ = changed;
  row_.issued_quantity = before.issued_quantity;
  row_.returned_quantity = before.returned_quantity;
  row_.gone_quantity = before.gone_quantity;
  row_.date_created = before.date_created;
  row_.date_updated = now;
  if (by.works_here()) note(change_of(before, row_, by, now));
}

void mysql_coupon_lock::note(const operator_action& action) {
  within([&](sql::mysql_connection& db) {
    note_action(db, action);
    return 0;
  });
}

result<issue_record> mysql_coupon_lock::take_step(user_id user, const issue_step& step, timestamp now,
                                                  const actor& by) {
  const step_request one{row_.id, user, step, now, by};
  return take_steps({&one, 1}).front();
}

std::vector<result<issue_record>> mysql_coupon_lock::take_steps(std::span<const step_request> requests) {
  return within([&](sql::mysql_connection& db) {
    step_batch batch(db, requests);
    auto taken = batch.take_in_this_transaction();
    for (std::size_t n = 0; n < batch.returned(); ++n) row_ = with_return(row_);
    if (batch.returned() > 0) move_counts_after_returns(db, row_.id, batch.returned());
    return taken;
  });
}

void mysql_coupon_lock::set_cursor(const queue_cursor& to) {
  within([&](sql::mysql_connection& db) { update_cursor(db, row_.id, to); });
  cursor_ = to;
}

void mysql_coupon_lock::recount() {
  const std::string id = std::to_string(raw(row_.id));
  within([&](sql::mysql_connection& db) {
    return db.execute("UPDATE coupons SET issued_quantity = (SELECT COUNT(*) FROM coupon_issues WHERE coupon_id = " +
                      id + " AND date_returned IS NULL) WHERE id = " + id);
  });
  read_issued_quantity();
}

void mysql_coupon_lock::read_issued_quantity() {
  within([&](sql::mysql_connection& db) {
    sql::mysql_rows row = db.query("SELECT issued_quantity FROM coupons WHERE id = " + std::to_string(raw(row_.id)));
    if (row.next()) row_.issued_quantity = static_cast<std::int32_t>(row.integer(0));
    return 0;
  });
}

append_outcome mysql_coupon_lock::append(std::span<const new_issue> rows, std::span<const dead_letter> dead) {
  const append_outcome outcome = within([&](sql::mysql_connection& db) {
    try {
      return insert_admissions(db, row_.id, rows, dead, nullptr, true);
    } catch (const sql::mysql_error& e) {
      const auto why_not = outcome_of(e);
      if (!why_not) throw;
      return *why_not;
    }
  });
  if (outcome == append_outcome::committed) {
    read_issued_quantity();
    return outcome;
  }
  roll_back();
  return outcome;
}

void mysql_coupon_lock::roll_back() {
  within([](sql::mysql_connection& db) { ledger::roll_back(db); });
  open_ = false;
}

void mysql_coupon_lock::commit() {
  within([&](sql::mysql_connection& db) { return db.execute("COMMIT"); });
  open_ = false;
}

}  // namespace firstcome::ledger
