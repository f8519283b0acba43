#include "ledger/import/original_schema.hpp"

#include <array>
#include <limits>

#include "ledger/import/original_structure.hpp"
#include "ledger/import/source_time_zone.hpp"
#include "ledger/mysql/schema.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

using mysql_schema::table;

constexpr std::array coupon_dates = {"date_issue_start", "date_issue_end", "date_created", "date_updated"};
constexpr std::array issue_dates = {"date_issued", "date_used", "date_created", "date_updated"};

constexpr int rows_per_transaction = 20'000;
constexpr std::int64_t all_done = std::numeric_limits<std::int64_t>::max();

std::int64_t position_of(sql::mysql_connection& db, const std::string& step) {
  if (!mysql_schema::has_table(db, "firstcome_schema_steps")) return 0;
  return std::stoll(
      db.value("SELECT position FROM firstcome_schema_steps WHERE step = " + db.quoted(step)).value_or("0"));
}

std::string step_of(const char* table_name) {
  return std::string("times of ") + table_name;
}

/// In the transaction that does the part of the step up to `position`.
std::string remember(sql::mysql_connection& db, const std::string& step, std::int64_t position,
                     const std::string& detail) {
  return "REPLACE INTO firstcome_schema_steps (step, position, detail) VALUES (" + db.quoted(step) + ", " +
         std::to_string(position) + ", " + db.quoted(detail) + ")";
}

void refuse_second_zone(sql::mysql_connection& db, const std::string& step, const std::string& zone) {
  const auto first = db.value("SELECT detail FROM firstcome_schema_steps WHERE step = " + db.quoted(step));
  if (first && *first != zone)
    throw std::invalid_argument("an earlier run, which did not get to its end, has begun to convert times from " +
                                *first + ": give the same --source-time-zone");
}

/// In parts, each with its place remembered in its own transaction: no row is ever converted twice.
void convert_times(sql::mysql_connection& db, const char* table_name, std::span<const char* const> dates,
                   const source_time_zone& zone, const migration_request& request) {
  const std::string step = step_of(table_name);
  std::int64_t done = position_of(db, step);
  if (done == all_done) return;
  refuse_second_zone(db, step, zone.name());
  std::string assignments;
  for (const std::string date : dates)
    assignments += (assignments.empty() ? "" : ", ") + date + " = " + zone.to_utc(date);
  while (!zone.is_utc()) {
    const auto next =
        db.value(std::string("SELECT MAX(id) FROM (SELECT id FROM ") + table_name + " WHERE id > " +
                 std::to_string(done) + " ORDER BY id LIMIT " + std::to_string(rows_per_transaction) + ") AS part");
    if (!next) break;
    const std::string part = " WHERE id > " + std::to_string(done) + " AND id <= " + *next;
    done = std::stoll(*next);
    begin(db);
    db.execute(std::string("UPDATE ") + table_name + " SET " + assignments + part);
    db.execute(remember(db, step, done, zone.name()));
    db.execute("COMMIT");
    request.say(step + ": converted to UTC up to id " + *next);
  }
  db.execute(remember(db, step, all_done, zone.name()));
}

constexpr const char* rejected_columns = "id, coupon_id, user_id, date_issued, date_used, date_created, date_updated";

/// The first of a user's issues stays; later ones, and those of no coupon, are kept elsewhere. When one of those that
/// go was used, the one that stays is used since then: nobody gets the discount twice. Then the counts.
void resolve(sql::mysql_connection& db, const migration_request& request) {
  begin(db);
  db.execute(std::string("INSERT INTO coupon_issues_rejected (") + rejected_columns +
             ", reason) SELECT i.id, i.coupon_id, i.user_id, i.date_issued, i.date_used, i.date_created,"
             " i.date_updated, COALESCE(CONCAT('the same user has issue ', w.kept_id), 'there is no such coupon')"
             " FROM coupon_issues AS i JOIN (" +
             issues_in_the_way() + ") AS w ON w.id = i.id");
  db.execute(
      "UPDATE coupon_issues AS k JOIN (SELECT w.kept_id, MIN(i.date_used) AS used FROM coupon_issues AS i JOIN (" +
      issues_in_the_way() +
      ") AS w ON w.id = i.id WHERE w.kept_id IS NOT NULL AND i.date_used IS NOT NULL GROUP BY w.kept_id) AS u"
      " ON u.kept_id = k.id SET k.date_used = COALESCE(LEAST(k.date_used, u.used), u.used),"
      " k.date_updated = k.date_updated");
  db.execute("DELETE i FROM coupon_issues AS i JOIN coupon_issues_rejected AS r ON r.id = i.id");
  db.execute(
      "UPDATE coupons AS c LEFT JOIN (SELECT coupon_id, COUNT(*) AS issues FROM coupon_issues GROUP BY coupon_id)"
      " AS i ON i.coupon_id = c.id SET c.issued_quantity = COALESCE(i.issues, 0), c.date_updated = c.date_updated"
      " WHERE NOT (c.issued_quantity <=> COALESCE(i.issues, 0))");
  db.execute("COMMIT");
  request.say("conflicts resolved: " + db.value("SELECT COUNT(*) FROM coupon_issues_rejected").value_or("0") +
              " issues stand in coupon_issues_rejected");
}

/// What the original schema allowed to be missing.
void fill_gaps(sql::mysql_connection& db) {
  db.execute(
      "UPDATE coupon_issues SET date_issued = COALESCE(date_issued, date_created),"
      " date_created = COALESCE(date_created, date_issued), date_updated = COALESCE(date_updated, date_issued)"
      " WHERE date_issued IS NULL OR date_created IS NULL OR date_updated IS NULL");
  db.execute(
      "UPDATE coupons SET coupon_type = COALESCE(coupon_type, 'FIRST_COME_FIRST_SERVED'),"
      " discount_amount = COALESCE(discount_amount, 0), min_available_amount = COALESCE(min_available_amount, 0),"
      " date_created = COALESCE(date_created, date_issue_start),"
      " date_updated = COALESCE(date_updated, date_created, date_issue_start)"
      " WHERE coupon_type IS NULL OR discount_amount IS NULL OR min_available_amount IS NULL OR date_created IS NULL OR"
      " date_updated IS NULL");
}

bool has_key(sql::mysql_connection& db, const std::string& table_name, const std::string& key) {
  const std::string of_table = " WHERE table_schema = DATABASE() AND table_name = " + db.quoted(table_name);
  return db
      .value("SELECT 1 FROM information_schema.statistics" + of_table + " AND index_name = " + db.quoted(key) +
             " UNION SELECT 1 FROM information_schema.table_constraints" + of_table +
             " AND constraint_name = " + db.quoted(key))
      .has_value();
}

void give_sequences(sql::mysql_connection& db, const migration_request& request) {
  if (has_key(db, "coupon_issues", "coupon_issues_by_sequence")) return;
  if (!mysql_schema::columns_of(db, "coupon_issues").contains("sequence"))
    db.execute("ALTER TABLE coupon_issues ADD COLUMN sequence INT NULL");
  request.say("giving sequences, by date_issued and id");
  db.execute(
      "UPDATE coupon_issues AS i JOIN (SELECT id, ROW_NUMBER() OVER (PARTITION BY coupon_id ORDER BY date_issued, id) "
      "AS"
      " place FROM coupon_issues) AS s ON s.id = i.id SET i.sequence = s.place,"
      " i.date_updated = i.date_updated");
}

/// One ALTER, which the server does whole or not at all; nothing when it was done before.
void bring_to_definition(sql::mysql_connection& db, const table& t, const migration_request& request) {
  const mysql_schema::found_columns columns = mysql_schema::columns_of(db, t.name);
  std::string changes = "ENGINE = InnoDB";
  bool key_missing = false;
  for (const auto& column : t.columns)
    changes += std::string(columns.contains(column.name) ? ", MODIFY COLUMN " : ", ADD COLUMN ") + column.name + " " +
               column.definition;
  for (const auto& key : t.keys) {
    if (has_key(db, t.name, key.name)) continue;
    changes += std::string(", ADD ") + key.definition;
    key_missing = true;
  }
  if (!key_missing) return;  // the keys come with the rest
  request.say(std::string("changing the table ") + t.name);
  db.execute(std::string("ALTER TABLE ") + t.name + " " + changes);
}

}  // namespace

bool times_are_local(sql::mysql_connection& db) {
  return position_of(db, step_of("coupons")) != all_done || position_of(db, step_of("coupon_issues")) != all_done;
}

void upgrade_original(sql::mysql_connection& db, const migration_request& request) {
  const source_time_zone zone(request.source_time_zone.empty() ? "UTC" : request.source_time_zone);
  convert_times(db, "coupons", coupon_dates, zone, request);
  convert_times(db, "coupon_issues", issue_dates, zone, request);
  if (request.resolve) resolve(db, request);
  fill_gaps(db);
  give_sequences(db, request);
  bring_to_definition(db, mysql_schema::coupons(), request);
  bring_to_definition(db, mysql_schema::coupon_issues(), request);
}

}  // namespace firstcome::ledger
