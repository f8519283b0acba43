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
  if (rows.empty()) return sql;
  sql.reserve(rows.size() * 80 + 1024);  // with room for what follows it
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
  sql.back() = ';';
  return sql;
}

void append_insert(std::string& sql, const sql::mysql_connection& db, std::span<const dead_letter> dead) {
  if (dead.empty()) return;
  sql += "INSERT INTO issue_dead_letters (coupon_id, sequence, user_id, date_admitted, reason) VALUES ";
  for (const dead_letter& letter : dead)
    sql += "(" + std::to_string(raw(letter.coupon)) + "," + std::to_string(letter.sequence) + "," +
           (letter.user ? std::to_string(raw(*letter.user)) : "NULL") + "," + literal(letter.admitted_at) + "," +
           db.quoted(printable(letter.reason)) + "),";
  sql.back() = ';';
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

/// Changes no row when the coupon's total does not allow for so many, or is missing.
std::string raise_of(coupon_id coupon, std::size_t by, sequence_number last) {
  const std::string n = std::to_string(by);
  return "UPDATE coupons SET issued_quantity = issued_quantity + " + n + " WHERE id = " + std::to_string(raw(coupon)) +
         " AND (total_quantity IS NULL OR (issued_quantity + gone_quantity + " + n + " <= total_quantity AND " +
         std::to_string(last) + " <= total_quantity + returned_quantity));";
}

}  // namespace

std::string update_of_cursor(sql::mysql_connection& db, coupon_id coupon, const queue_cursor& to) {
  return "UPDATE issue_cursors SET epoch = " + std::to_string(to.epoch) + ", run_id = " + db.quoted(to.run_id) +
         ", last_id = " + db.quoted(to.last_id) + ", last_sequence = " + std::to_string(to.last_sequence) +
         " WHERE coupon_id = " + std::to_string(raw(coupon));
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
  }
  std::span<const new_issue> rows_left = rows;
  for (; rows_left.size() > rows_per_statement_max; rows_left = rows_left.subspan(rows_per_statement_max))
    db.execute(insert_of(rows_left.first(rows_per_statement_max)));
  std::string sql = insert_of(rows_left);
  append_insert(sql, db, dead);
  const std::size_t raise_at = (rows_left.empty() ? 0 : 1) + (dead.empty() ? 0 : 1);  // which of the statements it is
  sql += raise_of(coupon, rows.size(), last);
  if (cursor != nullptr) sql += update_of_cursor(db, coupon, *cursor);
  return db.execute_each(sql).at(raise_at) == 1 ? append_outcome::committed : append_outcome::over_total;
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
    case sql::mysql_failure::other:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace firstcome::ledger
