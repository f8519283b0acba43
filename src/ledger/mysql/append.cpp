#include "ledger/mysql/append.hpp"

#include "ledger/mysql/append_plan.hpp"
#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {
namespace {

// A statement stays far below the smallest max_allowed_packet in use (4 MiB).
constexpr std::size_t rows_per_statement_max = 10'000;
constexpr std::size_t reason_bytes_max = 1000;

/// A reason may quote what could not be decoded: any bytes. What is stored is text in every character set.
std::string printable(const std::string& reason) {
  std::string text = reason.substr(0, reason_bytes_max);
  for (char& c : text)
    if (c < 0x20 || c > 0x7e) c = '?';
  return text;
}

std::string insert_of(std::span<const new_issue> rows) {
  std::string sql;
  sql.reserve(rows.size() * 80 + 100);
  sql += "INSERT INTO coupon_issues (coupon_id, user_id, sequence, date_issued) VALUES ";
  for (const new_issue& row : rows) {
    sql += '(';
    sql += std::to_string(raw(row.coupon));
    sql += ',';
    sql += std::to_string(raw(row.user));
    sql += ',';
    sql += std::to_string(row.sequence);
    sql += ',';
    append_date(sql, row.date_issued);
    sql += "),";
  }
  sql.pop_back();
  return sql;
}

std::string insert_of(const sql::mysql_connection& db, std::span<const dead_letter> dead) {
  std::string sql = "INSERT INTO issue_dead_letters (coupon_id, sequence, user_id, date_admitted, reason) VALUES ";
  for (const dead_letter& letter : dead)
    sql += "(" + std::to_string(raw(letter.coupon)) + "," + std::to_string(letter.sequence) + "," +
           (letter.user ? std::to_string(raw(*letter.user)) : "NULL") + "," + literal(letter.admitted_at) + "," +
           db.quoted(printable(letter.reason)) + "),";
  sql.pop_back();
  return sql;
}

std::string users_of(std::span<const new_issue> rows, std::span<const dead_letter> dead) {
  std::string list = "0";  // nobody's id, so that the list is never empty
  for (const new_issue& row : rows) list += "," + std::to_string(raw(row.user));
  for (const dead_letter& letter : dead)
    if (letter.user) list += "," + std::to_string(raw(*letter.user));
  return list;
}

/// The issues and open dead letters that have one of these places or users.
std::vector<taken_place> taken_by(sql::mysql_connection& db, coupon_id coupon, std::span<const new_issue> rows,
                                  std::span<const dead_letter> dead) {
  sequence_number first = last_sequence_of(rows, dead);
  const std::string last = std::to_string(first);
  for (const new_issue& row : rows) first = std::min(first, row.sequence);
  for (const dead_letter& letter : dead) first = std::min(first, letter.sequence);
  const std::string of_coupon = " WHERE coupon_id = " + std::to_string(raw(coupon));
  const std::string in_places = of_coupon + " AND sequence BETWEEN " + std::to_string(first) + " AND " + last;
  const std::string of_users = of_coupon + " AND user_id IN (" + users_of(rows, dead) + ")";
  const std::string from_issues = "SELECT sequence, user_id FROM coupon_issues";
  const std::string from_dead = "SELECT sequence, user_id FROM issue_dead_letters";
  sql::mysql_rows found = db.query(from_issues + in_places + " UNION " + from_issues + of_users + " UNION " +  //
                                   from_dead + in_places + " AND date_replayed IS NULL UNION " +               //
                                   from_dead + of_users + " AND date_replayed IS NULL");
  std::vector<taken_place> taken;
  while (found.next()) {
    taken_place place{static_cast<sequence_number>(found.integer(0)), std::nullopt};
    if (!found.is_null(1)) place.user = user_id{found.integer(1)};
    taken.push_back(place);
  }
  return taken;
}

/// Places that were given up are nobody's for good, and no unique key knows them.
bool any_given_up(sql::mysql_connection& db, coupon_id coupon, std::span<const new_issue> rows) {
  if (rows.empty()) return false;
  std::string places;
  for (const new_issue& row : rows) places += (places.empty() ? "" : ",") + std::to_string(row.sequence);
  return db
      .query("SELECT 1 FROM issue_dead_letters WHERE coupon_id = " + std::to_string(raw(coupon)) +
             " AND date_replayed IS NOT NULL AND user_id IS NULL AND sequence IN (" + places + ") LIMIT 1")
      .next();
}

/// The assignments of a cursor's columns, each name with `table` before it.
std::string places_of(const sql::mysql_connection& db, const std::string& table, const queue_cursor& to) {
  return table + "epoch = " + std::to_string(to.epoch) + ", " + table + "run_id = " + db.quoted(to.run_id) + ", " +
         table + "last_id = " + db.quoted(to.last_id) + ", " + table +
         "last_sequence = " + std::to_string(to.last_sequence);
}

/// Raises the count, and moves the cursor with it. False, and nothing is changed, when the coupon's total does not
/// allow for so many, or the coupon is missing.
bool raise(sql::mysql_connection& db, coupon_id coupon, std::size_t by, sequence_number last,
           const queue_cursor* cursor) {
  const std::string n = std::to_string(by);
  const std::string fits = " WHERE id = " + std::to_string(raw(coupon)) +
                           " AND (total_quantity IS NULL OR (issued_quantity + gone_quantity + " + n +
                           " <= total_quantity AND " + std::to_string(last) +
                           " <= total_quantity + returned_quantity))";
  const std::string raised = " SET issued_quantity = issued_quantity + " + n;
  if (cursor == nullptr) return db.execute("UPDATE coupons" + raised + fits) != 0;
  return db.execute("UPDATE coupons JOIN issue_cursors AS k ON k.coupon_id = coupons.id" + raised + ", " +
                    places_of(db, "k.", *cursor) + fits) != 0;
}

}  // namespace

void update_cursor(sql::mysql_connection& db, coupon_id coupon, const queue_cursor& to) {
  db.execute("UPDATE issue_cursors SET " + places_of(db, "", to) + " WHERE coupon_id = " + std::to_string(raw(coupon)));
}

append_outcome insert_admissions(sql::mysql_connection& db, coupon_id coupon, std::span<const new_issue> rows,
                                 std::span<const dead_letter> dead, const queue_cursor* cursor, bool careful) {
  const sequence_number last = last_sequence_of(rows, dead);
  append_plan plan;
  if (careful) {
    const auto left = plan_append(rows, dead, taken_by(db, coupon, rows, dead));
    if (!left) return append_outcome::conflict;
    plan = *left;
    rows = plan.rows;
    dead = plan.dead;
    if (any_given_up(db, coupon, rows)) return append_outcome::conflict;
  }
  std::span<const new_issue> rows_left = rows;
  for (; rows_left.size() > rows_per_statement_max; rows_left = rows_left.subspan(rows_per_statement_max))
    db.execute(insert_of(rows_left.first(rows_per_statement_max)));
  if (!rows_left.empty()) db.execute(insert_of(rows_left));
  if (!dead.empty()) db.execute(insert_of(db, dead));
  return raise(db, coupon, rows.size(), last, cursor) ? append_outcome::committed : append_outcome::over_total;
}

std::optional<append_outcome> outcome_of(const sql::mysql_error& e) {
  switch (e.failure()) {
    case sql::mysql_failure::duplicate_key:
      return append_outcome::conflict;
    case sql::mysql_failure::data_refused:
      return append_outcome::refused;
    case sql::mysql_failure::connection_lost:
    case sql::mysql_failure::lock_timeout:
    case sql::mysql_failure::deadlock:
    case sql::mysql_failure::no_room:
    case sql::mysql_failure::read_only:
    case sql::mysql_failure::not_ready:
    case sql::mysql_failure::other:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace firstcome::ledger
