// Looks at the tables of the original service, or at what an interrupted upgrade left of them, and only reads.

#include <algorithm>
#include <array>
#include <span>

#include "ledger/import/original_schema.hpp"
#include "ledger/import/original_structure.hpp"
#include "ledger/mysql/schema.hpp"

namespace firstcome::ledger {
namespace {

using mysql_schema::found_columns;
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

bool knows(const table& t, const std::string& name) {
  return std::any_of(t.columns.begin(), t.columns.end(), [&](const auto& c) { return name == c.name; });
}

class surveyor {
 public:
  explicit surveyor(sql::mysql_connection& db) : db_(db), conflicts_(db) {}

  original_survey survey() {
    survey_strangers(db_, conflicts_);
    look();
    found_.conflicts = conflicts_.take();
    return std::move(found_);
  }

 private:
  void look() {
    const bool coupons = look_at(mysql_schema::coupons(), original_coupons);
    const bool issues = look_at(mysql_schema::coupon_issues(), original_issues);
    found_.there = coupons || issues;
    if (!found_.there) return;
    survey_foreign_keys(db_, conflicts_);
    if (!conflicts_.empty()) return;  // the tables are others; nothing can be said of their rows
    if (coupons) look_at_coupons();
    if (issues) look_at_issues();
    if (coupons && issues) look_at_both();
    if (!coupons && found_.has_rows) conflict("there is a table coupon_issues with rows, and no table coupons", false);
  }

  void conflict(std::string sentence, bool resolvable) { conflicts_.add(std::move(sentence), resolvable); }

  /// Whether the table is there.
  bool look_at(const table& t, std::span<const char* const> expected) {
    const found_columns columns = mysql_schema::columns_of(db_, t.name);
    if (columns.empty()) return false;
    const std::string name = t.name;
    bool whole = true;
    for (const std::string column : expected) {
      if (columns.contains(column)) continue;
      conflict("the table " + name + " has no column " + column + ": it is not the original service's", false);
      whole = false;
    }
    for (const auto& [column, what] : columns)
      if (what.must_be_given && !knows(t, column))
        conflict(name + "." + column +
                     " is not the original service's and must be given a value in each row, which"
                     " firstcome would not do: give it a default",
                 false);
    if (whole) {
      survey_columns(db_, t, !times_are_local(db_), conflicts_);
      survey_keys(db_, t, conflicts_);
    }
    if (db_.value("SELECT 1 FROM " + name + " LIMIT 1")) found_.has_rows = true;
    return true;
  }

  void each(const std::string& query, bool resolvable) { conflicts_.each(query, resolvable); }

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
        " MIN(id), ' to ', MAX(id), ')', IF(COUNT(date_used) > 0, ', and has used it', '')) FROM coupon_issues GROUP "
        "BY coupon_id, user_id HAVING COUNT(*) > 1"
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
    survey_pointing_rows(db_, conflicts_);
  }

  sql::mysql_connection& db_;
  conflict_list conflicts_;
  original_survey found_;
};

}  // namespace

original_survey survey_original(sql::mysql_connection& db) {
  return surveyor(db).survey();
}

}  // namespace firstcome::ledger
