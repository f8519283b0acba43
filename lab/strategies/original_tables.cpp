#include "lab/strategies/original_tables.hpp"

#include "ledger/mysql/rows.hpp"

namespace firstcome::issuing {
namespace {

using ledger::date_from;
using ledger::literal;

constexpr const char* columns =
    "id, title, coupon_type, total_quantity, issued_quantity, discount_amount, min_available_amount,"
    " date_issue_start, date_issue_end, date_created, date_updated";

constexpr const char* create_coupons =
    "CREATE TABLE IF NOT EXISTS coupons ("
    " id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL, coupon_type VARCHAR(255) NOT NULL,"
    " total_quantity INT NULL, issued_quantity INT NOT NULL, discount_amount INT NOT NULL,"
    " min_available_amount INT NOT NULL, date_issue_start DATETIME(6) NOT NULL, date_issue_end DATETIME(6) NOT NULL,"
    " date_created DATETIME(6) NOT NULL, date_updated DATETIME(6) NOT NULL) ENGINE = InnoDB";

constexpr const char* create_issues =
    "CREATE TABLE IF NOT EXISTS coupon_issues ("
    " id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, coupon_id BIGINT NOT NULL, user_id BIGINT NOT NULL,"
    " date_issued DATETIME(6) NOT NULL, date_used DATETIME(6) NULL, date_created DATETIME(6) NOT NULL,"
    " date_updated DATETIME(6) NOT NULL, KEY (coupon_id, user_id)) ENGINE = InnoDB";

std::optional<std::int32_t> number_or_null(const sql::mysql_rows& row, unsigned column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<std::int32_t>(row.integer(column));
}

coupon coupon_from(const sql::mysql_rows& row) {
  coupon c;
  c.id = coupon_id{row.integer(0)};
  c.title = row.text(1);
  c.coupon_type = row.text(2);
  c.total_quantity = number_or_null(row, 3);
  c.issued_quantity = static_cast<std::int32_t>(row.integer(4));
  c.discount_amount = static_cast<std::int32_t>(row.integer(5));
  c.min_available_amount = static_cast<std::int32_t>(row.integer(6));
  c.window = {.start = date_from(row.text(7)), .end = date_from(row.text(8))};
  c.date_created = date_from(row.text(9));
  c.date_updated = date_from(row.text(10));
  return c;
}

std::string of(std::int64_t number) {
  return std::to_string(number);
}

}  // namespace

original_tables::original_tables(const sql::mysql_address& at) : db_(at) {}

void original_tables::create() {
  db_.execute(create_coupons);
  db_.execute(create_issues);
}

void original_tables::refuse_real_ledger() {
  if (!db_.query("SHOW TABLES LIKE 'firstcome_schema'").next()) return;
  throw std::runtime_error(
      "this database is a ledger of firstcome: a strategy of the lab would break its promises. Give the lab a database "
      "of its own");
}

std::optional<coupon> original_tables::find(coupon_id id, read how) {
  std::string sql = std::string("SELECT ") + columns + " FROM coupons WHERE id = " + of(raw(id));
  if (how == read::for_update) sql += " FOR UPDATE";
  sql::mysql_rows rows = db_.query(sql);
  if (!rows.next()) return std::nullopt;
  return coupon_from(rows);
}

std::optional<timestamp> original_tables::date_issued(coupon_id coupon, user_id user) {
  sql::mysql_rows rows = db_.query("SELECT date_issued FROM coupon_issues WHERE coupon_id = " + of(raw(coupon)) +
                                   " AND user_id = " + of(raw(user)) + " LIMIT 1");
  if (!rows.next()) return std::nullopt;
  return date_from(rows.text(0));
}

void original_tables::insert_issue(coupon_id coupon, user_id user, timestamp now) {
  const std::string date = literal(now);
  db_.execute(
      "INSERT INTO coupon_issues (coupon_id, user_id, date_issued, date_used, date_created, date_updated)"
      " VALUES (" +
      of(raw(coupon)) + ", " + of(raw(user)) + ", " + date + ", NULL, " + date + ", " + date + ")");
}

void original_tables::store_issued_quantity(coupon_id id, std::int32_t issued, timestamp now) {
  db_.execute("UPDATE coupons SET issued_quantity = " + of(issued) + ", date_updated = " + literal(now) +
              " WHERE id = " + of(raw(id)));
}

coupon original_tables::insert(const coupon_draft& d, timestamp now) {
  db_.execute(
      "INSERT INTO coupons (title, coupon_type, total_quantity, issued_quantity, discount_amount,"
      " min_available_amount, date_issue_start, date_issue_end, date_created, date_updated) VALUES (" +
      db_.quoted(d.title) + ", " + db_.quoted(d.coupon_type) + ", " + literal(d.total_quantity) + ", 0, " +
      of(d.discount_amount) + ", " + of(d.min_available_amount) + ", " + literal(d.window.start) + ", " +
      literal(d.window.end) + ", " + literal(now) + ", " + literal(now) + ")");
  return find(coupon_id{db_.last_insert_id()}).value();
}

void original_tables::store(const coupon& c, timestamp now) {
  db_.execute("UPDATE coupons SET title = " + db_.quoted(c.title) + ", total_quantity = " + literal(c.total_quantity) +
              ", date_issue_start = " + literal(c.window.start) + ", date_issue_end = " + literal(c.window.end) +
              ", date_updated = " + literal(now) + " WHERE id = " + of(raw(c.id)));
}

transaction::~transaction() {
  if (!open_) return;
  try {
    db_.execute("ROLLBACK");
  } catch (const sql::mysql_error&) {  // a lost connection has lost the transaction, too
  }
}

void transaction::commit() {
  open_ = false;
  db_.execute("COMMIT");
}

}  // namespace firstcome::issuing
