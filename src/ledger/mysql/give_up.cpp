// The part of mysql_ledger that gives up a place. Its dead letter stays as the record of it: closed, and of no user.
// One that was replayed names its user for ever, so the two cannot be taken for each other; and a user whose place was
// given up may stand in a dead letter again. It is always the command line that gives a place up: no token may.

#include "domain/discard.hpp"
#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/operator_trail.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

constexpr int reason_length_max = 1000;  // as the column has it

struct place_of_coupon {
  coupon_id coupon;
  std::string in_coupon;  // as SQL
  std::string at;
  sequence_number sequence;
};

/// Takes the cursor's lock.
bool within_cursor(sql::mysql_connection& db, const place_of_coupon& place) {
  sql::mysql_rows row =
      db.query("SELECT last_sequence FROM issue_cursors WHERE coupon_id = " + place.in_coupon + " FOR UPDATE");
  return row.next() && place.sequence >= 1 && place.sequence <= row.integer(0);
}

std::string at_place(const std::string& table, const place_of_coupon& place) {
  return table + " WHERE coupon_id = " + place.in_coupon + " AND sequence = " + place.at;
}

/// `reason` keeps what it said, with the user.
void close_letter(sql::mysql_connection& db, std::int64_t id, const std::string& why, timestamp now) {
  db.execute("UPDATE issue_dead_letters SET reason = LEFT(CONCAT(" + db.quoted("given up: " + why) +
             ", '; it was of user ', COALESCE(user_id, 'unknown'), ': ', reason), " +
             std::to_string(reason_length_max) + "), user_id = NULL, date_replayed = " + literal(now) +
             " WHERE id = " + std::to_string(id));
}

/// Of an open letter, or of a place that never had one.
struct place_letter {
  std::optional<dead_letter> open;
  bool closed = false;  // given up already
};

place_letter letter_at(sql::mysql_connection& db, const place_of_coupon& place) {
  sql::mysql_rows row =
      db.query(std::string("SELECT ") + dead_letter_columns + ", date_replayed IS NOT NULL AND user_id IS NULL FROM " +
               at_place("issue_dead_letters", place) + " FOR UPDATE");
  if (!row.next()) return {};
  if (row.integer(6) != 0) return {.open = {}, .closed = true};
  return {.open = dead_letter_from(row)};
}

append_outcome give_up_within(sql::mysql_connection& db, const place_of_coupon& place, const std::string& why,
                              timestamp now) {
  if (!within_cursor(db, place)) return append_outcome::moved;
  if (db.query("SELECT 1 FROM " + at_place("coupon_issues", place)).next()) return append_outcome::conflict;
  const place_letter letter = letter_at(db, place);
  if (letter.closed) return append_outcome::moved;
  // At another node of a cluster somebody may be at this place: of two transactions that write this row one fails.
  db.execute("UPDATE coupons SET date_updated = " + literal(now) + " WHERE id = " + place.in_coupon);
  if (letter.open) {
    close_letter(db, letter.open->id, why, now);
  } else {
    db.execute(
        "INSERT INTO issue_dead_letters (coupon_id, sequence, user_id, date_admitted, reason, date_replayed)"
        " VALUES (" +
        place.in_coupon + "," + place.at + ",NULL," + literal(now) + ",LEFT(" +
        db.quoted("given up: " + why + "; no record of it was there") + "," + std::to_string(reason_length_max) + ")," +
        literal(now) + ")");
  }
  note_action(db, discard_of(place.coupon, place.sequence, letter.open, why, at_command_line(), now));
  return append_outcome::committed;
}

}  // namespace

append_outcome mysql_ledger::give_up(coupon_id coupon, sequence_number place, const std::string& why, timestamp now) {
  return session_->run([&](sql::mysql_connection& db) {
    const place_of_coupon at{coupon, std::to_string(raw(coupon)), std::to_string(place), place};
    try {
      return in_transaction(db, [&] {
        begin(db);
        const append_outcome outcome = give_up_within(db, at, why, now);
        if (outcome == append_outcome::committed) return commit_unless_overtaken(db) ? outcome : append_outcome::busy;
        roll_back(db);
        return outcome;
      });
    } catch (const sql::mysql_error& e) {  // rolled back already
      if (e.failure() == sql::mysql_failure::lock_timeout) return append_outcome::busy;
      throw;
    }
  });
}

}  // namespace firstcome::ledger
