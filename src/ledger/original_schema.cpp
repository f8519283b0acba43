#include "ledger/original_schema.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string_view>

#include "ledger/mysql_schema.hpp"
#include "ledger/source_time_zone.hpp"

namespace firstcome::ledger {
namespace {

using mysql_schema::table;

constexpr std::array original_coupons = {"id",
                                         "title",
                                         "coupon_type",
                                         "total_quantity",
                                         "issued_quantity",
                                         "discount_amount",
                                         "min_available_amount",
                                         "date_issue_start",
                                         "date_issue_end",
                                         "date_created",
                                         "date_updated"};
constexpr std::array original_issues = {"id",        "coupon_id",    "user_id",     "date_issued",
                                        "date_used", "date_created", "date_updated"};
constexpr std::array coupon_dates = {"date_issue_start", "date_issue_end", "date_created", "date_updated"};
constexpr std::array issue_dates = {"date_issued", "date_used", "date_created", "date_updated"};

constexpr int rows_per_transaction = 20'000;
constexpr std::int64_t all_done = std::numeric_limits<std::int64_t>::max();
constexpr int conflicts_shown_max = 1000;  // of each kind

struct found_column {
  std::string type;
  bool must_be_given = false;  // no default, not NULL
};
using found_columns = std::map<std::string, found_column>;

found_columns columns_of(sql::mysql_connection& db, const std::string& name) {
  sql::mysql_rows row = db.query(
      "SELECT LOWER(column_name), LOWER(data_type), is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE"
      " '%auto_increment%' AND extra NOT LIKE '%GENERATED%' FROM information_schema.columns WHERE table_schema ="
      " DATABASE() AND table_name = " +
      db.quoted(name));
  found_columns columns;
  while (row.next()) columns[std::string(row.text(0))] = {std::string(row.text(1)), row.integer(2) != 0};
  return columns;
}

bool knows(const table& t, const std::string& name) {
  return std::any_of(t.columns.begin(), t.columns.end(), [&](const auto& c) { return name == c.name; });
}

class surveyor {
 public:
  explicit surveyor(sql::mysql_connection& db) : db_(db) {}

  original_survey survey() {
    found_.there = mysql_schema::has_table(db_, "coupons") || mysql_schema::has_table(db_, "coupon_issues");
    if (!found_.there) return found_;
    const bool coupons = look_at(mysql_schema::coupons(), original_coupons, coupon_dates);
    const bool issues = look_at(mysql_schema::coupon_issues(), original_issues, issue_dates);
    if (!found_.conflicts.empty()) return found_;  // the tables are others; nothing can be said of their rows
    if (coupons) look_at_coupons();
    if (issues) look_at_issues();
    if (coupons && issues) look_at_both();
    return found_;
  }

 private:
  void conflict(std::string sentence, bool resolvable) {
    found_.conflicts.push_back({std::move(sentence), resolvable});
  }

  /// Whether the table is there.
  bool look_at(const table& t, std::span<const char* const> expected, std::span<const char* const> dates) {
    const found_columns columns = columns_of(db_, t.name);
    if (columns.empty()) return false;
    const std::string name = t.name;
    for (const std::string column : expected)
      if (!columns.contains(column))
        conflict("the table " + name + " has no column " + column + ": it is not the original service's", false);
    for (const std::string column : dates)
      if (columns.contains(column) && columns.at(column).type != "datetime")
        conflict(name + "." + column + " is " + columns.at(column).type + " and not datetime", false);
    for (const auto& [column, what] : columns)
      if (what.must_be_given && !knows(t, column))
        conflict(name + "." + column +
                     " is not the original service's and must be given a value in each row, which"
                     " firstcome would not do: give it a default",
                 false);
    if (db_.value("SELECT 1 FROM " + name + " LIMIT 1")) found_.has_rows = true;
    return true;
  }

  /// One conflict for each row of the query, whose columns are parts of the sentence.
  void each(const std::string& query, bool resolvable) {
    sql::mysql_rows row = db_.query(query + " LIMIT " + std::to_string(conflicts_shown_max + 1));
    for (int shown = 0; row.next(); ++shown) {
      if (shown == conflicts_shown_max) return conflict("… and more of these", resolvable);
      conflict(std::string(row.text(0)), resolvable);
    }
  }

  void look_at_coupons() {
    each(
        "SELECT CONCAT('coupon ', id, ' has no title, start or end, or an id below 1, or a total_quantity below 0:"
        " correct it') FROM coupons WHERE id < 1 OR title IS NULL OR date_issue_start IS NULL OR date_issue_end IS"
        " NULL OR total_quantity < 0",
        false);
    each(
        "SELECT CONCAT('coupon ', id, ' has a date before 1970: correct it') FROM coupons WHERE YEAR(date_issue_start)"
        " < 1970 OR YEAR(date_issue_end) < 1970 OR YEAR(date_created) < 1970 OR YEAR(date_updated) < 1970",
        false);
  }

  void look_at_issues() {
    each(
        "SELECT CONCAT('issue ', id, ' has no coupon, user or date, or an id below 1: correct or delete it')"
        " FROM coupon_issues WHERE coupon_id IS NULL OR coupon_id < 1 OR user_id IS NULL OR user_id < 1 OR"
        " COALESCE(date_issued, date_created) IS NULL",
        false);
    each(
        "SELECT CONCAT('issue ', id, ' has a date before 1970: correct it') FROM coupon_issues WHERE YEAR(date_issued)"
        " < 1970 OR YEAR(date_used) < 1970 OR YEAR(date_created) < 1970 OR YEAR(date_updated) < 1970",
        false);
    each(
        "SELECT CONCAT('coupon ', coupon_id, ' was issued ', COUNT(*), ' times to user ', user_id, ' (issues ',"
        " MIN(id), ' to ', MAX(id), ')') FROM coupon_issues GROUP BY coupon_id, user_id HAVING COUNT(*) > 1"
        " ORDER BY coupon_id, user_id",
        true);
  }

  void look_at_both() {
    const std::string counted =
        "(SELECT coupon_id, COUNT(*) AS issues, COUNT(DISTINCT user_id) AS users FROM coupon_issues GROUP BY coupon_id)"
        " AS i";
    each(
        "SELECT CONCAT('coupon ', c.id, ' was issued to ', i.users, ' users, and its total_quantity is ',"
        " c.total_quantity, ': raise the total first (UPDATE coupons SET total_quantity = ', i.users, ' WHERE id = ',"
        " c.id, ')') FROM coupons AS c JOIN " +
            counted + " ON i.coupon_id = c.id WHERE i.users > c.total_quantity ORDER BY c.id",
        false);
    each(
        "SELECT CONCAT('coupon ', c.id, ' says issued_quantity ', COALESCE(c.issued_quantity, 'NULL'), ' and has ',"
        " COALESCE(i.issues, 0), ' issues') FROM coupons AS c LEFT JOIN " +
            counted + " ON i.coupon_id = c.id WHERE NOT (c.issued_quantity <=> COALESCE(i.issues, 0)) ORDER BY c.id",
        true);
    each("SELECT CONCAT('there is no coupon ', i.coupon_id, ', and ', i.issues, ' issues of it') FROM " + counted +
             " LEFT JOIN coupons AS c ON c.id = i.coupon_id WHERE c.id IS NULL ORDER BY i.coupon_id",
         true);
  }

  sql::mysql_connection& db_;
  original_survey found_;
};

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
    db.execute(std::string("BEGIN; UPDATE ") + table_name + " SET " + assignments + part + "; " +
               remember(db, step, done, zone.name()) + "; COMMIT");
    request.say(step + ": converted to UTC up to id " + *next);
  }
  db.execute(remember(db, step, all_done, zone.name()));
}

constexpr const char* rejected_columns = "id, coupon_id, user_id, date_issued, date_used, date_created, date_updated";

/// The first of a user's issues stays; later ones, and those of no coupon, are kept elsewhere. Then the counts.
void resolve(sql::mysql_connection& db, const migration_request& request) {
  const std::string into = std::string("INSERT INTO coupon_issues_rejected (") + rejected_columns +
                           ", reason) SELECT " + rejected_columns + ", ";
  db.execute(
      "BEGIN; " + into +
      "CONCAT('the same user has issue ', first_id) FROM (SELECT coupon_issues.*,"
      " ROW_NUMBER() OVER w AS place, FIRST_VALUE(id) OVER w AS first_id FROM coupon_issues"
      " WINDOW w AS (PARTITION BY coupon_id, user_id ORDER BY COALESCE(date_issued, date_created), id)) AS i"
      " WHERE place > 1; " +
      into +
      "'there is no such coupon' FROM coupon_issues AS i WHERE coupon_id NOT IN (SELECT id FROM coupons)"
      " AND id NOT IN (SELECT id FROM coupon_issues_rejected); "
      "DELETE i FROM coupon_issues AS i JOIN coupon_issues_rejected AS r ON r.id = i.id; "
      "UPDATE coupons AS c LEFT JOIN (SELECT coupon_id, COUNT(*) AS issues FROM coupon_issues GROUP BY coupon_id)"
      " AS i ON i.coupon_id = c.id SET c.issued_quantity = COALESCE(i.issues, 0)"
      " WHERE NOT (c.issued_quantity <=> COALESCE(i.issues, 0)); COMMIT");
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
  if (!columns_of(db, "coupon_issues").contains("sequence"))
    db.execute("ALTER TABLE coupon_issues ADD COLUMN sequence INT NULL");
  request.say("giving sequences, by date_issued and id");
  db.execute(
      "UPDATE coupon_issues AS i JOIN (SELECT id, ROW_NUMBER() OVER (PARTITION BY coupon_id ORDER BY date_issued, id) "
      "AS"
      " place FROM coupon_issues) AS s ON s.id = i.id SET i.sequence = s.place");
}

/// One ALTER, which the server does whole or not at all; nothing when it was done before.
void bring_to_definition(sql::mysql_connection& db, const table& t, const migration_request& request) {
  const found_columns columns = columns_of(db, t.name);
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

original_survey survey_original(sql::mysql_connection& db) {
  return surveyor(db).survey();
}

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
