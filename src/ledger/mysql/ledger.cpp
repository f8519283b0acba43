#include "ledger/mysql/ledger.hpp"

#include "ledger/mysql/append.hpp"
#include "ledger/mysql/append_plan.hpp"
#include "ledger/mysql/coupon_lock.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

struct locked_cursor {
  queue_cursor cursor;
  bool dead_letters_open = false;
};

/// Begins a transaction and takes the cursor's lock, or answers nothing when somebody else has it.
std::optional<locked_cursor> begin_with_cursor(sql::mysql_connection& db, coupon_id coupon) {
  begin(db);
  sql::mysql_rows row = db.query(
      std::string("SELECT ") + cursor_columns +
      ", EXISTS (SELECT 1 FROM issue_dead_letters AS d WHERE d.coupon_id = c.coupon_id AND d.date_replayed IS NULL)"
      " FROM issue_cursors AS c WHERE coupon_id = " +
      std::to_string(raw(coupon)) + " FOR UPDATE SKIP LOCKED");
  if (!row.next()) return std::nullopt;
  return locked_cursor{cursor_from(row), row.integer(4) != 0};
}

std::string cursor_query(coupon_id coupon) {
  return std::string("SELECT ") + cursor_columns +
         " FROM issue_cursors WHERE coupon_id = " + std::to_string(raw(coupon));
}

append_outcome rolled_back(sql::mysql_connection& db, append_outcome outcome) {
  roll_back(db);
  return outcome;
}

/// Nobody can hold what is not there.
append_outcome busy_or_unknown(sql::mysql_connection& db, coupon_id coupon) {
  roll_back(db);
  return db.query(cursor_query(coupon)).next() ? append_outcome::busy : append_outcome::moved;
}

}  // namespace

mysql_ledger::mysql_ledger(mysql_ledger_options options)
    : session_(std::make_unique<mysql_session>(std::move(options))),
      idle_sessions_(std::make_shared<std::vector<std::unique_ptr<mysql_session>>>()) {}

mysql_ledger::~mysql_ledger() = default;

std::optional<queue_cursor> mysql_ledger::cursor_of(coupon_id coupon) {
  return session_->run([&](sql::mysql_connection& db) -> std::optional<queue_cursor> {
    sql::mysql_rows row = db.query(cursor_query(coupon));
    if (!row.next()) return std::nullopt;
    cursor_read_over_[coupon] = session_->generation();
    return cursor_from(row);
  });
}

std::vector<coupon_id> mysql_ledger::coupons_ending_after(timestamp ended_after) {
  return session_->run([&](sql::mysql_connection& db) {
    sql::mysql_rows row =
        db.query("SELECT id FROM coupons WHERE date_issue_end > " + literal(ended_after) + " ORDER BY id");
    std::vector<coupon_id> ids;
    while (row.next()) ids.push_back(coupon_id{row.integer(0)});
    return ids;
  });
}

std::vector<coupon_standing> mysql_ledger::standings(standing_range range, timestamp at, coupon_id after, int limit) {
  return session_->run([&](sql::mysql_connection& db) {
    sql::mysql_rows row = db.query(
        "SELECT id, config_version, date_issue_end, COALESCE(u.epoch, 0), COALESCE(run_id, ''), COALESCE(last_id, ''),"
        " COALESCE(last_sequence, 0) FROM coupons AS c LEFT JOIN issue_cursors AS u ON u.coupon_id = c.id"
        " WHERE date_issue_end " +
        std::string(range == standing_range::ending_after ? "> " : "<= ") + literal(at) + " AND id > " +
        std::to_string(raw(after)) + " ORDER BY id LIMIT " + std::to_string(limit));
    std::vector<coupon_standing> page;
    while (row.next())
      page.push_back({coupon_id{row.integer(0)}, cursor_from(row, 3), row.integer(1), date_from(row.text(2))});
    return page;
  });
}

/// The caller has read the cursor, and the connection over which it did so is gone.
bool mysql_ledger::cursor_is_outdated(coupon_id coupon) {
  const auto read_over = cursor_read_over_.find(coupon);
  if (read_over == cursor_read_over_.end() || read_over->second == session_->generation()) return false;
  cursor_read_over_.erase(read_over);
  return true;
}

append_outcome mysql_ledger::append(coupon_id coupon, const append_batch& batch) {
  if (batch.to.epoch != batch.from.epoch || batch.to.run_id != batch.from.run_id)
    throw std::logic_error("a batch does not lead from one epoch or lineage to another");
  if (!is_dense(coupon, batch)) return append_outcome::conflict;
  return session_->run([&](sql::mysql_connection& db) {
    if (cursor_is_outdated(coupon)) return append_outcome::moved;
    bool careful = false;
    return in_transaction(db, [&] {
      while (true) {
        try {
          return append_once(db, coupon, batch, careful);
        } catch (const sql::mysql_error& e) {
          const auto outcome = outcome_of(e);
          if (!outcome) throw;
          roll_back_after(db, e);
          if (*outcome != append_outcome::conflict || careful) return *outcome;
          careful = true;  // something of it is there already: is it the same?
        }
      }
    });
  });
}

append_outcome mysql_ledger::append_once(sql::mysql_connection& db, coupon_id coupon, const append_batch& batch,
                                         bool careful) {
  const auto locked = begin_with_cursor(db, coupon);
  if (!locked) return busy_or_unknown(db, coupon);
  if (locked->cursor != batch.from) return rolled_back(db, append_outcome::moved);
  const append_outcome outcome =
      insert_admissions(db, coupon, batch.rows, batch.dead, &batch.to, careful || locked->dead_letters_open);
  if (outcome != append_outcome::committed) return rolled_back(db, outcome);
  if (!commit_unless_overtaken(db)) return append_outcome::overtaken;
  cursor_read_over_[coupon] = session_->generation();
  return outcome;
}

append_outcome mysql_ledger::probe(coupon_id coupon, std::span<const new_issue> rows) {
  return session_->run([&](sql::mysql_connection& db) {
    return in_transaction(db, [&] {
      if (!begin_with_cursor(db, coupon)) return busy_or_unknown(db, coupon);
      try {
        return rolled_back(db, insert_admissions(db, coupon, rows, {}, nullptr, true));
      } catch (const sql::mysql_error& e) {
        const auto outcome = outcome_of(e);
        if (!outcome) throw;
        return rolled_back(db, *outcome);
      }
    });
  });
}

void mysql_ledger::until(runtime::deadline last) {
  shared_ledger::until(last);
  session_->until(last);
}

result<std::unique_ptr<coupon_lock>> mysql_ledger::lock(coupon_id coupon, runtime::deadline wait_until) {
  std::unique_ptr<mysql_session> session;
  if (idle_sessions_->empty()) {
    session = std::make_unique<mysql_session>(session_->options());
  } else {
    session = std::move(idle_sessions_->back());
    idle_sessions_->pop_back();
  }
  session->until(until());
  return mysql_coupon_lock::take(std::move(session), idle_sessions_, coupon, wait_until);
}

}  // namespace firstcome::ledger
