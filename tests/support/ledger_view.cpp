#include "support/ledger_view.hpp"

#include <sqlite3.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

class database {
 public:
  database(const std::filesystem::path& file, int flags) {
    if (sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr) != SQLITE_OK) fail("open");
    sqlite3_busy_timeout(handle_, 10'000);
  }
  ~database() { sqlite3_close(handle_); }
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  void each_row(const char* sql, const std::function<void(sqlite3_stmt*)>& row) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sql);
    int step = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    if (step != SQLITE_DONE) fail(sql);
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    const std::string why = sqlite3_errmsg(handle_);
    throw std::runtime_error("ledger: " + what + ": " + why);
  }

  sqlite3* handle_ = nullptr;
};

std::optional<std::int64_t> optional_number(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(row, column);
}

ledger_rows read_all(database& ledger) {
  ledger_rows rows;
  ledger.each_row("BEGIN", [](sqlite3_stmt*) {});
  ledger.each_row("SELECT id, total_quantity, issued_quantity FROM coupons ORDER BY id", [&rows](sqlite3_stmt* row) {
    rows.coupons.push_back({sqlite3_column_int64(row, 0), optional_number(row, 1), sqlite3_column_int64(row, 2)});
  });
  ledger.each_row(
      "SELECT coupon_id, user_id, sequence, date_issued, date_used, date_returned IS NOT NULL FROM coupon_issues"
      " ORDER BY 1, 3",
      [&rows](sqlite3_stmt* row) {
        rows.issues.push_back({sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                               sqlite3_column_int64(row, 3), optional_number(row, 4), sqlite3_column_int(row, 5) != 0});
      });
  ledger.each_row("COMMIT", [](sqlite3_stmt*) {});
  return rows;
}

}  // namespace

const coupon_row& ledger_rows::coupon(std::int64_t id) const {
  for (const coupon_row& row : coupons)
    if (row.id == id) return row;
  throw std::runtime_error("the ledger has no coupon " + std::to_string(id));
}

std::vector<issue_row> ledger_rows::issues_of(std::int64_t coupon) const {
  std::vector<issue_row> rows;
  for (const issue_row& row : issues)
    if (row.coupon == coupon) rows.push_back(row);
  return rows;
}

ledger_rows read_ledger(const std::filesystem::path& data_dir) {
  database ledger(data_dir / "firstcome.db", SQLITE_OPEN_READONLY);
  return read_all(ledger);
}

ledger_rows read_ledger_left_behind(const std::filesystem::path& data_dir) {
  const temporary_directory copy;
  for (const char* file : {"firstcome.db", "firstcome.db-wal"})
    if (std::filesystem::exists(data_dir / file)) std::filesystem::copy_file(data_dir / file, copy.path() / file);
  database ledger(copy.path() / "firstcome.db", SQLITE_OPEN_READWRITE);
  return read_all(ledger);
}

}  // namespace firstcome::testing
