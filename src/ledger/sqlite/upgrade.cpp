#include "ledger/sqlite/upgrade.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "ledger/sqlite/schema.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {
namespace {

namespace fs = std::filesystem;
using sqlite_schema::object;

// Version 1, as files of 0.1 have it: never change.
constexpr std::array version_1 = {
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
  CHECK (total_quantity IS NULL OR issued_quantity <= total_quantity)
) STRICT)"},
    object{"coupon_issues", R"(CREATE TABLE coupon_issues (
  id INTEGER PRIMARY KEY,
  coupon_id INTEGER AS (id >> 32) VIRTUAL,
  user_id INTEGER NOT NULL,
  sequence INTEGER AS (id & 4294967295) VIRTUAL,
  date_issued INTEGER NOT NULL,
  date_used INTEGER,
  date_created INTEGER AS (date_issued) VIRTUAL,
  date_updated INTEGER AS (coalesce(date_used, date_issued)) VIRTUAL
) STRICT)"},
    object{"coupon_issues_by_user", "CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (user_id, coupon_id)"},
};

void sync(const fs::path& what) {
  const int fd = open(what.c_str(), O_RDONLY | O_CLOEXEC);
  const int outcome = fd < 0 ? -1 : fsync(fd);
  const int error = errno;
  if (fd >= 0) close(fd);
  if (outcome != 0)
    throw std::runtime_error(what.string() + " cannot be synced: " + std::generic_category().message(error));
}

void copy(sql::connection& db, const fs::path& to) {
  sql::statement vacuum(db.handle(), "VACUUM INTO ?");
  vacuum.bind(1, to.string());
  vacuum.run();
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
  sync(to);
}

/// Replaces the definition of a table by one that has more columns at its end. SQLite documents this way for changes
/// that ALTER TABLE cannot make: rows that lack a column read as its default (sqlite.org/lang_altertable.html).
void redefine(sql::connection& db, const object& table) {
  sql::statement update(db.handle(), "UPDATE sqlite_schema SET sql = ?2 WHERE type = 'table' AND name = ?1");
  update.bind(1, table.name).bind(2, table.sql).run();
}

bool is_in_version_1(const object& o) {
  for (const object& old : version_1)
    if (std::string_view(old.name) == o.name) return true;
  return false;
}

void change_version_1(sql::connection& db) {
  for (const object& o : sqlite_schema::objects())
    if (!is_in_version_1(o)) db.execute(o.sql);
  db.execute("PRAGMA writable_schema = ON");
  for (const object& o : sqlite_schema::objects())
    if (std::string_view(o.name) == "coupons" || std::string_view(o.name) == "coupon_issues") redefine(db, o);
  db.execute("PRAGMA schema_version = " + std::to_string(db.integer("PRAGMA schema_version") + 1));
  db.execute("PRAGMA writable_schema = OFF");
  db.execute("PRAGMA user_version = " + std::to_string(sqlite_schema::version));
}

}  // namespace

std::optional<upgrade_report> upgrade_ledger(const data_folder& held, const std::function<void(upgrade_step)>& after) {
  const fs::path file = held.path() / sqlite_schema::file_name;
  if (!fs::exists(file)) return std::nullopt;
  upgrade_report report{0, sqlite_schema::version, {}};
  try {
    sql::connection db(file.string(), sql::open_mode::read_write_create);
    report.from = sqlite_schema::version_of(db, file.string());
    if (report.from != 1) return std::nullopt;
    sqlite_schema::check_objects(db, file.string(), version_1);
    after(upgrade_step::found_older);

    report.backup = file.string() + ".v1-backup";
    const fs::path unfinished = report.backup.string() + ".part";
    fs::remove(unfinished);  // of one that was killed
    copy(db, unfinished);
    after(upgrade_step::copied);
    fs::rename(unfinished, report.backup);
    sync(held.path());
    after(upgrade_step::copy_named);

    db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE");
    change_version_1(db);
    after(upgrade_step::changed);
    db.execute("COMMIT");
    after(upgrade_step::committed);
  } catch (const sql::sqlite_error& e) {
    throw std::runtime_error(file.string() + " could not be upgraded to version " +
                             std::to_string(sqlite_schema::version) + ", and is as it was: " + e.what());
  }
  sql::connection db(file.string(), sql::open_mode::read_only);
  sqlite_schema::check(db, file.string());
  return report;
}

}  // namespace firstcome::ledger
