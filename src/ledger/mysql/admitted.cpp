// The part of mysql_ledger that reads everybody admitted, and dead letters.

#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {
namespace {

// How long the server waits for us to take the next rows: whoever gets them may do slow things with each.
constexpr const char* slow_reader_allowed = "SET SESSION net_write_timeout = 3600";
constexpr const char* slow_reader_ends = "SET SESSION net_write_timeout = 60";

/// READ COMMITTED would give each statement its own instant.
void begin_snapshot(sql::mysql_connection& db) {
  db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  db.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
}

issue_record accepted_from(const dead_letter& letter) {
  return {letter.coupon, letter.user.value_or(user_id{}), letter.sequence, issue_status::accepted, letter.admitted_at,
          std::nullopt};
}

/// Both come in ascending sequence.
void merge(sql::mysql_rows& issues, const std::vector<issue_record>& accepted,
           const std::function<void(const issue_record&)>& each) {
  auto next = accepted.begin();
  while (issues.next()) {
    const issue_record issue = issue_from(issues);
    for (; next != accepted.end() && next->sequence < issue.sequence; ++next) each(*next);
    each(issue);
  }
  for (; next != accepted.end(); ++next) each(*next);
}

}  // namespace

/// Open dead letters, and those that were given up: closed, and nobody's (ledger/mysql/give_up.cpp).
std::vector<issue_record> mysql_ledger::places_without_row(sql::mysql_connection& db, coupon_id coupon) {
  constexpr unsigned closed = 6;
  sql::mysql_rows rows =
      db.query(std::string("SELECT ") + dead_letter_columns +
               ", date_replayed FROM issue_dead_letters WHERE coupon_id = " + std::to_string(raw(coupon)) +
               " AND (date_replayed IS NULL OR user_id IS NULL) ORDER BY sequence");
  std::vector<issue_record> places;
  while (rows.next()) {
    places.push_back(accepted_from(dead_letter_from(rows)));
    if (!rows.is_null(closed)) places.back().date_returned = date_from(rows.text(closed));
  }
  return places;
}

void mysql_ledger::each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) {
  session_->run([&](sql::mysql_connection& db) {
    db.execute(slow_reader_allowed);
    begin_snapshot(db);
    const std::vector<issue_record> accepted = places_without_row(db, coupon);
    sql::mysql_rows issues =
        db.stream(std::string("SELECT ") + shared_issue_columns +
                  " FROM coupon_issues WHERE coupon_id = " + std::to_string(raw(coupon)) + " ORDER BY sequence");
    try {
      merge(issues, accepted, each);
    } catch (...) {
      db.cut();  // or the rest would be read before anybody hears of this
      throw;
    }
    db.execute("COMMIT");
    db.execute(slow_reader_ends);
  });
}

std::vector<dead_letter> mysql_ledger::dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id, int limit) {
  return session_->run([&](sql::mysql_connection& db) {
    sql::mysql_rows rows =
        db.query(std::string("SELECT ") + dead_letter_columns +
                 " FROM issue_dead_letters WHERE date_replayed IS NULL AND id > " + std::to_string(after_id) +
                 (coupon ? " AND coupon_id = " + std::to_string(raw(*coupon)) : "") + " ORDER BY id LIMIT " +
                 std::to_string(limit));
    std::vector<dead_letter> letters;
    while (rows.next()) letters.push_back(dead_letter_from(rows));
    return letters;
  });
}

}  // namespace firstcome::ledger
