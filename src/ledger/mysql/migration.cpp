#include "ledger/mysql/migration.hpp"

#include <algorithm>
#include <stdexcept>

#include "ledger/import/original_schema.hpp"
#include "ledger/mysql/binlog_format.hpp"
#include "ledger/mysql/migration_lock.hpp"
#include "ledger/mysql/schema.hpp"

namespace firstcome::ledger {
namespace {

void refuse_newer(int found) {
  if (found > mysql_schema::version)
    throw std::runtime_error("the schema has version " + std::to_string(found) +
                             ", made by a newer firstcome; this one knows version " +
                             std::to_string(mysql_schema::version) + ". Nothing was changed");
}

bool stands_in_the_way(const migration_conflict& c, const migration_request& request) {
  return !(c.resolvable && request.resolve);
}

void make_tables(sql::mysql_connection& db) {
  for (const mysql_schema::table& t : mysql_schema::tables()) db.execute(mysql_schema::create_of(t));
}

void make_cursors(sql::mysql_connection& db) {
  db.execute(
      "INSERT INTO issue_cursors (coupon_id, epoch, run_id, last_id, last_sequence)"
      " SELECT c.id, c.epoch, '', '0-0',"
      " COALESCE((SELECT MAX(i.sequence) FROM coupon_issues AS i WHERE i.coupon_id = c.id), 0)"
      " FROM coupons AS c LEFT JOIN issue_cursors AS k ON k.coupon_id = c.id WHERE k.coupon_id IS NULL");
}

bool has_constraint(sql::mysql_connection& db, const std::string& table_name, const std::string& name) {
  return db
      .value("SELECT 1 FROM information_schema.table_constraints WHERE table_schema = DATABASE() AND table_name = " +
             db.quoted(table_name) + " AND constraint_name = " + db.quoted(name))
      .has_value();
}

/// The columns that a table of an older version lacks, at its end: the server only notes them, and rewrites no row.
std::string missing_columns_of(sql::mysql_connection& db, const mysql_schema::table& t) {
  const mysql_schema::found_columns there = mysql_schema::columns_of(db, t.name);
  std::string changes;
  for (const mysql_schema::column& c : t.columns)
    if (!there.contains(c.name)) changes += std::string(", ADD COLUMN ") + c.name + " " + c.definition;
  return changes;
}

void alter(sql::mysql_connection& db, const mysql_schema::table& t, const std::string& changes,
           const migration_request& request) {
  if (changes.empty()) return;
  request.say(std::string("changing the table ") + t.name);
  db.execute(std::string("ALTER TABLE ") + t.name + " " + changes.substr(2));
}

/// Each ALTER happens whole or not at all, and what is there already is left alone.
void upgrade_version_1(sql::mysql_connection& db, const migration_request& request) {
  request.say(
      "upgrading the schema from version 1; nodes of an older firstcome must be replaced soon: they go on over "
      "the connections that they have, and are refused when they make new ones");
  make_tables(db);
  const mysql_schema::table& coupons = mysql_schema::coupons();
  std::string changes = missing_columns_of(db, coupons);
  if (has_constraint(db, coupons.name, "coupons_within_total"))
    changes += db.is_mariadb() ? ", DROP CONSTRAINT coupons_within_total" : ", DROP CHECK coupons_within_total";
  for (const mysql_schema::key& k : coupons.keys)
    if (std::string_view(k.name) == "coupons_live_within_total" && !has_constraint(db, coupons.name, k.name))
      changes += std::string(", ADD ") + k.definition;
  alter(db, coupons, changes, request);
  alter(db, mysql_schema::coupon_issues(), missing_columns_of(db, mysql_schema::coupon_issues()), request);
}

migration_report finish(sql::mysql_connection& db) {
  db.execute("INSERT INTO firstcome_schema (version) VALUES (" + std::to_string(mysql_schema::version) + ")");
  mysql_schema::check(db);
  return {};
}

}  // namespace

sql::mysql_timeouts migration_timeouts() {
  using namespace std::chrono_literals;
  return {.connect = 5s, .reply = 24h, .idle = 3600s, .lock = 60s};
}

migration_report migrate(sql::mysql_connection& db, const migration_request& request) {
  check_binlog_format(db);
  const auto alone = lock_migration(db, request.say);
  const int found = mysql_schema::version_of(db);
  refuse_newer(found);
  if (found == mysql_schema::version) return {migration_outcome::nothing_to_do, {}};
  if (found == 1) {
    upgrade_version_1(db, request);
    return finish(db);
  }

  const original_survey survey = survey_original(db);
  migration_report report{migration_outcome::done, survey.conflicts};
  if (std::any_of(survey.conflicts.begin(), survey.conflicts.end(),
                  [&](const auto& c) { return stands_in_the_way(c, request); })) {
    report.outcome = migration_outcome::conflicts;
    return report;
  }
  if (survey.has_rows && request.source_time_zone.empty() && times_are_local(db)) {
    report.outcome = migration_outcome::needs_time_zone;
    return report;
  }
  if (!survey.there) request.say("making the tables");
  make_tables(db);
  if (survey.there) upgrade_original(db, request);
  make_cursors(db);
  return finish(db);
}

}  // namespace firstcome::ledger
