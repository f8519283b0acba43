#include "ledger/sqlite/schema.hpp"

#include <array>

namespace firstcome::ledger::sqlite_schema {
namespace {

// Pages are small because a random user touches one page of the index, and the WAL takes that page whole.
constexpr int page_size_bytes = 1024;

constexpr std::array all_objects = {
    object{"coupons", R"(CREATE TABLE coupons (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 2147483647),
  title TEXT NOT NULL,
  coupon_type TEXT NOT NULL,
  total_quantity INTEGER CHECK (total_quantity >= 0),
  issued_quantity INTEGER NOT NULL CHECK (issued_quantity >= 0),
  discount_amount INTEGER NOT NULL,
  min_available_amount INTEGER NOT NULL,
  date_issue_start INTEGER NOT NULL,
  date_issue_end INTEGER NOT NULL,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
  epoch INTEGER NOT NULL,
  config_version INTEGER NOT NULL,
  date_created INTEGER NOT NULL,
  date_updated INTEGER NOT NULL,
  restock TEXT NOT NULL DEFAULT 'none' CHECK (restock IN ('none', 'pool')),
  returned_quantity INTEGER NOT NULL DEFAULT 0 CHECK (returned_quantity >= 0),
  gone_quantity INTEGER NOT NULL DEFAULT 0 CHECK (gone_quantity >= 0),
  CHECK (total_quantity IS NULL OR issued_quantity + gone_quantity <= total_quantity)
) STRICT)"},
    // Without a CHECK: with one of the whole row, SQLite 3.40.1 refused to VACUUM this table (its generated columns
    // were counted as values), and backups need that.
    object{"coupon_issues", R"(CREATE TABLE coupon_issues (
  id INTEGER PRIMARY KEY,
  coupon_id INTEGER AS (id >> 32) VIRTUAL,
  user_id INTEGER NOT NULL,
  sequence INTEGER AS (id & 4294967295) VIRTUAL,
  date_issued INTEGER NOT NULL,
  date_used INTEGER,
  date_created INTEGER AS (date_issued) VIRTUAL,
  date_updated INTEGER AS (coalesce(date_returned, date_used, date_issued)) VIRTUAL,
  order_id TEXT,
  date_returned INTEGER,
  return_reason TEXT
) STRICT)"},
    object{"coupon_issues_by_user", "CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (user_id, coupon_id)"},
    object{"operator_actions", R"(CREATE TABLE operator_actions (
  id INTEGER PRIMARY KEY,
  coupon_id INTEGER,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  action TEXT NOT NULL,
  before_json TEXT,
  after_json TEXT,
  date_created INTEGER NOT NULL
) STRICT)"},
    object{"idempotency_keys", R"(CREATE TABLE idempotency_keys (
  idempotency_key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  coupon_id INTEGER NOT NULL,
  date_created INTEGER NOT NULL
) STRICT, WITHOUT ROWID)"},
    object{"idempotency_keys_by_date", "CREATE INDEX idempotency_keys_by_date ON idempotency_keys (date_created)"},
};

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error(file + " is not a ledger that this firstcome can use: " + why);
}

bool is_empty(sql::connection& db) {
  return db.integer("PRAGMA application_id") == 0 && db.integer("PRAGMA user_version") == 0 &&
         db.integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void create(sql::connection& db) {
  db.execute("BEGIN IMMEDIATE");
  for (const object& o : all_objects) db.execute(o.sql);
  db.execute("PRAGMA application_id = " + std::to_string(application_id));
  db.execute("PRAGMA user_version = " + std::to_string(version));
  db.execute("COMMIT");
}

void set_durability(sql::connection& db, const std::string& file) {
  if (db.text("PRAGMA journal_mode = WAL") != "wal") refuse(file, "it cannot be switched to WAL");
  db.execute("PRAGMA synchronous = FULL");
  db.execute("PRAGMA wal_autocheckpoint = 0");
}

bool is_not_a_database(const sql::sqlite_error& e) {
  return e.primary_code() == SQLITE_NOTADB;
}

}  // namespace

std::span<const object> objects() {
  return all_objects;
}

std::int64_t version_of(sql::connection& db, const std::string& file) try {
  if (is_empty(db)) return 0;
  if (db.integer("PRAGMA application_id") != application_id) refuse(file, "it was made by another program");
  return db.integer("PRAGMA user_version");
} catch (const sql::sqlite_error& e) {
  if (is_not_a_database(e)) refuse(file, "it is not a SQLite database");
  throw;
}

void check_objects(sql::connection& db, const std::string& file, std::span<const object> expected) {
  sql::statement query(db.handle(), "SELECT sql FROM sqlite_schema WHERE name = ?");
  for (const object& o : expected) {
    query.bind(1, o.name);
    const bool there = query.step();
    const bool same = there && query.text(0) == o.sql;
    query.reset();
    if (!same) refuse(file, std::string(o.name) + (there ? " differs from its definition" : " is missing"));
  }
}

void check(sql::connection& db, const std::string& file) try {
  if (db.integer("PRAGMA application_id") != application_id) refuse(file, "it was made by another program");
  const std::int64_t found = db.integer("PRAGMA user_version");
  if (found != version) {
    refuse(file, "its schema has version " + std::to_string(found) + ", and this program knows version " +
                     std::to_string(version) +
                     (found < version ? "; `firstcome serve` upgrades it at its start, `firstcome migrate --data-dir`"
                                        " by hand"
                                      : "; use the newer firstcome that made it"));
  }
  check_objects(db, file, all_objects);
} catch (const sql::sqlite_error& e) {
  if (is_not_a_database(e)) refuse(file, "it is not a SQLite database");
  throw;
}

void create_or_check(sql::connection& db, const std::string& file) try {
  if (is_empty(db)) {
    db.execute("PRAGMA page_size = " + std::to_string(page_size_bytes));
    set_durability(db, file);
    create(db);
  }
  check(db, file);
  set_durability(db, file);
} catch (const sql::sqlite_error& e) {
  if (is_not_a_database(e)) refuse(file, "it is not a SQLite database");
  throw;
}

}  // namespace firstcome::ledger::sqlite_schema
