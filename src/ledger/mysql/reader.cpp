// The part of mysql_ledger that reads and writes coupons and records one at a time, and pages of them.

#include "ledger/mysql/coupon_lock.hpp"
#include "ledger/mysql/issue_steps.hpp"
#include "ledger/mysql/kept_keys.hpp"
#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/operator_trail.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/step_batch.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

/// Reads up to `limit` rows of a query that asked for one more: that one shows whether there is a next page.
template <class Page, class Read, class Position>
Page page_of(sql::mysql_rows rows, int limit, Read read, Position position) {
  Page page;
  while (rows.next()) {
    if (static_cast<int>(page.items.size()) == limit) {
      page.next = position(page.items.back());
      break;
    }
    page.items.push_back(read(rows));
  }
  return page;
}

constexpr std::chrono::milliseconds return_wait_max{2000};

std::string limit_of(int limit) {
  return " LIMIT " + std::to_string(limit + std::int64_t{1});
}

std::string coupon_query(coupon_id id) {
  return std::string("SELECT ") + shared_coupon_columns + " FROM coupons WHERE id = " + std::to_string(raw(id));
}

std::string insert_of(const sql::mysql_connection& db, const coupon_draft& draft, timestamp now) {
  return "INSERT INTO coupons (title, coupon_type, total_quantity, issued_quantity, discount_amount,"
         " min_available_amount, date_issue_start, date_issue_end, date_created, date_updated, restock) VALUES (" +
         db.quoted(draft.title) + "," + db.quoted(draft.coupon_type) + "," + literal(draft.total_quantity) + ",0," +
         std::to_string(draft.discount_amount) + "," + std::to_string(draft.min_available_amount) + "," +
         literal(draft.window.start) + "," + literal(draft.window.end) + "," + literal(now) + "," + literal(now) +
         ",'" + to_string(draft.restock) + "')";
}

/// The record in one statement, so that a dead letter that is replayed meanwhile is seen either as what it was or as
/// what it is. Columns: the issue's, then those of an open dead letter.
std::string record_query(coupon_id coupon, user_id user) {
  const std::string u = std::to_string(raw(user));
  return "SELECT i.coupon_id, i.user_id, i.sequence, i.date_issued, i.date_used, i.date_returned, d.sequence,"
         " d.date_admitted FROM coupons AS c"
         " LEFT JOIN coupon_issues AS i ON i.coupon_id = c.id AND i.user_id = " +
         u +
         " LEFT JOIN issue_dead_letters AS d ON d.coupon_id = c.id AND d.date_replayed IS NULL AND d.user_id = " + u +
         " WHERE c.id = " + std::to_string(raw(coupon));
}

/// The same of several users, of one instant. Columns: the issue's, and whether it is an open dead letter.
std::string records_query(coupon_id coupon, std::span<const user_id> users) {
  std::string who = " WHERE coupon_id = " + std::to_string(raw(coupon)) + " AND user_id IN (";
  for (const user_id user : users) who += std::to_string(raw(user)) + ",";
  who.back() = ')';
  return std::string("SELECT ") + shared_issue_columns + ", 0 FROM coupon_issues" + who +
         " UNION ALL SELECT coupon_id, user_id, sequence, date_admitted, NULL, NULL, 1 FROM issue_dead_letters" + who +
         " AND date_replayed IS NULL";
}

}  // namespace

result<coupon_page> mysql_ledger::coupons(std::optional<coupon_id> after, int limit) {
  return session_->run([&](sql::mysql_connection& db) -> result<coupon_page> {
    return page_of<coupon_page>(db.query(std::string("SELECT ") + shared_coupon_columns + " FROM coupons WHERE id > " +
                                         std::to_string(after ? raw(*after) : 0) + " ORDER BY id" + limit_of(limit)),
                                limit, coupon_from, [](const coupon& last) { return last.id; });
  });
}

result<coupon_issue_page> mysql_ledger::issues_of_coupon(coupon_id id, sequence_number after, int limit) {
  const auto read = [](const sql::mysql_rows& row) { return issue_from(row); };
  return session_->run([&](sql::mysql_connection& db) -> result<coupon_issue_page> {
    return page_of<coupon_issue_page>(
        db.query(std::string("SELECT ") + shared_issue_columns +
                 " FROM coupon_issues WHERE coupon_id = " + std::to_string(raw(id)) + " AND sequence > " +
                 std::to_string(after) + " ORDER BY sequence" + limit_of(limit)),
        limit, read, [](const issue_record& last) { return last.sequence; });
  });
}

result<user_issue_page> mysql_ledger::issues_of_user(user_id user, std::optional<user_issue_position> after,
                                                     int limit) {
  std::int64_t row_id = 0;  // of the row read last, for the position
  const auto read = [&](const sql::mysql_rows& row) {
    row_id = row.integer(shared_issue_column_count);
    return issue_from(row);
  };
  const std::string date = after ? literal(after->date_issued) : "";
  const std::string older = after ? " AND (date_issued < " + date + " OR (date_issued = " + date + " AND id < " +
                                        std::to_string(after->issue_row_id) + "))"
                                  : "";
  return session_->run([&](sql::mysql_connection& db) -> result<user_issue_page> {
    return page_of<user_issue_page>(db.query(std::string("SELECT ") + shared_issue_columns +
                                             ", id FROM coupon_issues WHERE user_id = " + std::to_string(raw(user)) +
                                             older + " ORDER BY date_issued DESC, id DESC" + limit_of(limit)),
                                    limit, read, [&](const issue_record& last) {
                                      return user_issue_position{last.date_issued, row_id};
                                    });
  });
}

result<operator_action_page> mysql_ledger::actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                   int limit) {
  const std::string older = before ? " AND id < " + std::to_string(*before) : "";
  const std::string of_coupon = coupon ? " AND coupon_id = " + std::to_string(raw(*coupon)) : "";
  return session_->run([&](sql::mysql_connection& db) -> result<operator_action_page> {
    return page_of<operator_action_page>(
        db.query(std::string("SELECT ") + action_columns + " FROM operator_actions WHERE TRUE" + older + of_coupon +
                 " ORDER BY id DESC" + limit_of(limit)),
        limit, [](const sql::mysql_rows& row) { return action_from(row); },
        [](const operator_action& last) { return last.id; });
  });
}

result<coupon> mysql_ledger::create(const coupon_draft& draft, timestamp now, const actor& by,
                                    const std::optional<idempotency_key>& key) {
  return session_->run([&](sql::mysql_connection& db) -> result<coupon> {
    if (!key) return in_transaction(db, [&] { return create_once(db, draft, now, by, key); });
    in_transaction(db, [&] {
      sweep_keys(db, key->key, now);
      return 0;
    });
    for (int attempt = 1;; ++attempt) {
      if (const auto earlier = find_key(db, key->key, now)) {
        if (earlier->fingerprint != key->fingerprint) return errc::idempotency_key_reused;
        sql::mysql_rows row = db.query(coupon_query(earlier->coupon));
        if (!row.next()) throw std::logic_error("a coupon whose key is kept cannot be found");
        return coupon_from(row);
      }
      try {
        return in_transaction(db, [&] { return create_once(db, draft, now, by, key); });
      } catch (const sql::mysql_error& e) {  // rolled back already
        if (e.failure() != sql::mysql_failure::duplicate_key || attempt == transaction_attempts_max) throw;
      }
    }
  });
}

/// A transaction, begun and ended.
result<coupon> mysql_ledger::create_once(sql::mysql_connection& db, const coupon_draft& draft, timestamp now,
                                         const actor& by, const std::optional<idempotency_key>& key) {
  begin(db);
  try {
    db.execute(insert_of(db, draft, now));
  } catch (const sql::mysql_error& e) {
    if (e.failure() != sql::mysql_failure::data_refused) throw;
    roll_back(db);
    return errc::invalid_coupon;
  }
  const coupon_id id{db.last_insert_id()};
  db.execute("INSERT INTO issue_cursors (coupon_id, epoch, run_id, last_id, last_sequence) VALUES (" +
             std::to_string(raw(id)) + ", 0, '', '" + queue::queue_start + "', 0)");
  if (key) keep_key(db, *key, id, now);
  sql::mysql_rows row = db.query(coupon_query(id));
  if (!row.next()) throw std::logic_error("a coupon that was just stored cannot be read back");
  const coupon made = coupon_from(row);
  if (by.works_here()) note_action(db, creation_of(made, by, now));
  db.execute("COMMIT");
  return made;
}

result<coupon> mysql_ledger::find_coupon(coupon_id id) {
  return session_->run([&](sql::mysql_connection& db) -> result<coupon> {
    sql::mysql_rows row = db.query(coupon_query(id));
    if (!row.next()) return errc::coupon_not_found;
    return coupon_from(row);
  });
}

result<issue_record> mysql_ledger::find_issue(coupon_id coupon, user_id user) {
  return session_->run([&](sql::mysql_connection& db) -> result<issue_record> {
    sql::mysql_rows row = db.query(record_query(coupon, user));
    if (!row.next()) return errc::coupon_not_found;
    if (!row.is_null(0)) return issue_from(row);
    constexpr unsigned letter = shared_issue_column_count;
    if (row.is_null(letter)) return errc::issue_not_found;
    const auto sequence = static_cast<sequence_number>(row.integer(letter));
    return issue_record{coupon, user, sequence, issue_status::accepted, date_from(row.text(letter + 1)), std::nullopt};
  });
}

std::vector<result<issue_record>> mysql_ledger::find_issues(coupon_id coupon, std::span<const user_id> users) {
  if (users.empty()) return {};
  return session_->run([&](sql::mysql_connection& db) {
    sql::mysql_rows row = db.query(records_query(coupon, users));
    std::map<user_id, issue_record> found;
    while (row.next()) {
      issue_record one = issue_from(row);
      const bool is_letter = row.integer(shared_issue_column_count) != 0;
      if (is_letter) one.status = issue_status::accepted;
      found.emplace(one.user, one);
    }
    std::vector<result<issue_record>> answers;
    for (const user_id user : users) {
      const auto at = found.find(user);
      answers.push_back(at != found.end() ? result<issue_record>(at->second) : errc::issue_not_found);
    }
    return answers;
  });
}

result<issue_record> mysql_ledger::take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                             const actor& by) {
  if (std::holds_alternative<return_step>(step)) return give_back(coupon, user, step, now, by);
  const step_request one{coupon, user, step, now, by};
  return take_steps({&one, 1}).front();
}

std::vector<result<issue_record>> mysql_ledger::take_steps(std::span<const step_request> requests) {
  return session_->run([&](sql::mysql_connection& db) { return step_batch(db, requests).take(); });
}

result<issue_record> mysql_ledger::give_back(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                             const actor& by) {
  const auto held = lock(coupon, runtime::deadline::after(return_wait_max));
  if (!held) return held.error() == errc::coupon_not_found ? errc::issue_not_found : held.error();
  const result<issue_record> returned = (*held)->take_step(user, step, now, by);
  if (returned) (*held)->commit();
  return returned;
}

}  // namespace firstcome::ledger
