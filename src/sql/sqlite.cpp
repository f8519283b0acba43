#include "sql/sqlite.hpp"

namespace firstcome::sql {
namespace {

constexpr int busy_timeout_ms = 250;

[[noreturn]] void fail(sqlite3* db, int code, std::string_view doing) {
  std::string what{doing};
  what += ": ";
  what += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  what += " (SQLite code " + std::to_string(code) + ")";
  throw sqlite_error(code, what);
}

}  // namespace

statement::statement(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(db, code, sql);
}

void statement::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(handle_.get()), code, sqlite3_sql(handle_.get()));
}

statement& statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(handle_.get(), parameter, value));
  return *this;
}

statement& statement::bind(int parameter, std::string_view value) {
  check(sqlite3_bind_text(handle_.get(), parameter, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT));
  return *this;
}

statement& statement::bind_null(int parameter) {
  check(sqlite3_bind_null(handle_.get(), parameter));
  return *this;
}

bool statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  // The message belongs to the connection and is replaced by the next call, so it is read before the reset.
  try {
    check(code);
  } catch (...) {
    reset();
    throw;
  }
  return false;
}

void statement::run() {
  if (step()) {
    reset();
    throw std::logic_error("a statement answered rows where none were expected");
  }
}

std::string statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

connection::connection(const std::string& file, open_mode mode, const std::string& vfs) {
  const int flags = (mode == open_mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(raw, code, "cannot open " + file);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(handle_.get(), code, sql);
}

std::int64_t connection::integer(const std::string& sql) {
  statement query(handle_.get(), sql);
  return query.step() ? query.integer(0) : 0;
}

std::string connection::text(const std::string& sql) {
  statement query(handle_.get(), sql);
  return query.step() ? query.text(0) : std::string{};
}

}  // namespace firstcome::sql
