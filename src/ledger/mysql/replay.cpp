// The part of mysql_ledger that makes a dead letter an issue after all.

#include "ledger/mysql/append.hpp"
#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/operator_trail.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

std::optional<dead_letter> find_open(sql::mysql_connection& db, std::int64_t id, const char* lock = "") {
  sql::mysql_rows row =
      db.query(std::string("SELECT ") + dead_letter_columns +
               " FROM issue_dead_letters WHERE date_replayed IS NULL AND id = " + std::to_string(id) + lock);
  if (!row.next()) return std::nullopt;
  return dead_letter_from(row);
}

/// Closed first, so that it does not stand in its own way.
void close(sql::mysql_connection& db, const dead_letter& letter, user_id user) {
  db.execute("UPDATE issue_dead_letters SET date_replayed = CURRENT_TIMESTAMP(6), user_id = " +
             std::to_string(raw(user)) + " WHERE id = " + std::to_string(letter.id));
}

issue_record record_of(const new_issue& row) {
  return {row.coupon, row.user, row.sequence, issue_status::issued, row.date_issued, std::nullopt};
}

/// Within the transaction, the cursor's lock held.
append_outcome make_a_row(sql::mysql_connection& db, std::int64_t id, std::optional<user_id> given, const actor& by,
                          timestamp now) {
  const std::optional<dead_letter> letter = find_open(db, id, " FOR UPDATE");
  if (!letter) return append_outcome::moved;
  const std::optional<user_id> user = letter->user ? letter->user : given;
  if (!user) return append_outcome::refused;
  if (given && given != user) return append_outcome::conflict;
  close(db, *letter, *user);
  const new_issue row{letter->coupon, *user, letter->sequence, letter->admitted_at};
  const append_outcome outcome = insert_admissions(db, letter->coupon, {&row, 1}, {}, nullptr, true);
  if (outcome == append_outcome::committed && by.works_here()) note_action(db, replay_of(record_of(row), by, now));
  return outcome;
}

}  // namespace

append_outcome mysql_ledger::replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by,
                                    timestamp now) {
  return session_->run([&](sql::mysql_connection& db) {
    const std::optional<dead_letter> seen = find_open(db, dead_letter_id);
    if (!seen) return append_outcome::moved;
    const std::string lock_cursor =
        "SELECT 1 FROM issue_cursors WHERE coupon_id = " + std::to_string(raw(seen->coupon)) + " FOR UPDATE";
    try {
      return in_transaction(db, [&] {
        begin(db);
        db.query(lock_cursor);
        const append_outcome outcome = make_a_row(db, dead_letter_id, user, by, now);
        if (outcome != append_outcome::committed) {
          roll_back(db);
          return outcome;
        }
        return commit_unless_overtaken(db) ? outcome : append_outcome::busy;
      });
    } catch (const sql::mysql_error& e) {  // rolled back already
      if (e.failure() == sql::mysql_failure::lock_timeout) return append_outcome::busy;
      const auto outcome = outcome_of(e);
      if (!outcome) throw;
      return *outcome;
    }
  });
}

}  // namespace firstcome::ledger
