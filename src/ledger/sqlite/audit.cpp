#include "ledger/sqlite/audit.hpp"

#include <map>

#include "ledger/coupon_audit.hpp"
#include "ledger/sqlite/operator_trail.hpp"
#include "ledger/sqlite/schema.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {
namespace {

using issues_by_coupon = std::map<std::int64_t, std::vector<audited_issue>>;

struct count_to_mend {
  std::int64_t coupon;
  std::int64_t said;
  std::int64_t issues;
};

struct finding {
  audit_report report;
  std::vector<count_to_mend> mendable;
};

std::optional<std::int64_t> integer_or_null(const sql::statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

/// Reads the table and not an index, and sorts nothing in SQL: an index that is missing or wrong cannot hide a row.
issues_by_coupon read_issues(sql::connection& db, audit_report& report) {
  issues_by_coupon all;
  sql::statement query(
      db.handle(),
      "SELECT coupon_id, sequence, user_id, date_issued, date_used, date_returned FROM coupon_issues NOT INDEXED");
  while (query.step()) {
    all[query.integer(0)].push_back(
        {query.integer(1), query.integer(2), query.integer(3), integer_or_null(query, 4), integer_or_null(query, 5)});
    ++report.issues_checked;
  }
  return all;
}

std::vector<audited_coupon> read_coupons(sql::connection& db) {
  std::vector<audited_coupon> all;
  sql::statement query(
      db.handle(),
      "SELECT id, total_quantity, issued_quantity, returned_quantity, gone_quantity FROM coupons ORDER BY id");
  while (query.step())
    all.push_back({query.integer(0), integer_or_null(query, 1), query.integer(2), query.integer(3), query.integer(4)});
  return all;
}

void compare_sets(sql::connection& db, finding& found) {
  issues_by_coupon issues = read_issues(db, found.report);
  auto& differences = found.report.differences;
  for (const audited_coupon& coupon : read_coupons(db)) {
    auto node = issues.extract(coupon.id);
    std::vector<audited_issue> own = node ? std::move(node.mapped()) : std::vector<audited_issue>{};
    coupon_findings findings = find_differences(coupon, std::move(own));
    if (findings.issues_consistent && findings.live != coupon.issued_quantity)
      found.mendable.push_back({coupon.id, coupon.issued_quantity, findings.live});
    for (std::string& what : findings.differences) differences.push_back(std::move(what));
    ++found.report.coupons_checked;
  }
  for (const auto& [coupon, left] : issues) differences.push_back(orphans(coupon, left));
}

void check_schema(sql::connection& db, const std::string& file, audit_report& report) try {
  sqlite_schema::check(db, file);
} catch (const sql::sqlite_error&) {
  throw;
} catch (const std::runtime_error& refusal) {
  report.differences.push_back(refusal.what());
}

/// Pages, records, and indexes against their tables.
void check_structure(sql::connection& db, audit_report& report) try {
  sql::statement query(db.handle(), "PRAGMA integrity_check");
  while (query.step()) {
    if (query.text(0) != "ok") report.differences.push_back("the file is damaged: " + query.text(0));
  }
} catch (const sql::sqlite_error& e) {
  report.differences.push_back(std::string("the file is damaged: ") + e.what());
}

finding examine(sql::connection& db, const std::string& file) {
  finding found;
  db.execute("BEGIN");
  check_schema(db, file, found.report);
  try {
    compare_sets(db, found);
  } catch (const sql::sqlite_error& e) {
    found.report.differences.push_back(std::string("the tables cannot be read to their end: ") + e.what());
    found.mendable.clear();
  }
  check_structure(db, found.report);
  db.execute("ROLLBACK");
  return found;
}

std::string file_in(const std::filesystem::path& folder) {
  return (folder / sqlite_schema::file_name).string();
}

}  // namespace

audit_report audit_ledger(const sqlite_ledger_options& where) {
  const std::string file = file_in(where.folder);
  sql::connection db(file, sql::open_mode::read_only, where.vfs);
  return examine(db, file).report;
}

repair_report repair_ledger(const data_folder& held, const actor& by, timestamp now) {
  const std::string file = file_in(held.path());
  repair_report outcome;
  std::vector<count_to_mend> mendable;
  {
    sql::connection reading(file, sql::open_mode::read_only);
    mendable = examine(reading, file).mendable;
  }
  if (!mendable.empty()) {
    sql::connection db(file, sql::open_mode::read_write_create);
    db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE");
    sql::statement update(db.handle(), "UPDATE coupons SET issued_quantity = ?2 WHERE id = ?1");
    operator_trail trail(db);
    for (const count_to_mend& m : mendable) {
      update.bind(1, m.coupon).bind(2, m.issues).run();
      trail.note(recount_of(coupon_id{m.coupon}, m.said, m.issues, by, now));
      outcome.repaired.push_back("coupon " + std::to_string(m.coupon) + ": issued_quantity is now " +
                                 std::to_string(m.issues) + ", the number of its issues");
    }
    db.execute("COMMIT");
  }
  outcome.left = audit_ledger({.folder = held.path()});
  return outcome;
}

}  // namespace firstcome::ledger
