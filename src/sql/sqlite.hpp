#pragma once

// SQLite's C interface, owned: a connection and its statements close themselves, and every failure is a `sqlite_error`
// that keeps the extended result code, so that the caller can tell a full disk from a broken one.
//
// Thread safety: a connection and its statements belong to one thread at a time (SQLITE_OPEN_NOMUTEX). Statements must
// not outlive their connection.

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace firstcome::sql {

class sqlite_error : public std::runtime_error {
 public:
  sqlite_error(int extended_code, const std::string& what) : std::runtime_error(what), code_(extended_code) {}

  int extended_code() const { return code_; }
  int primary_code() const { return code_ & 0xff; }

 private:
  int code_;
};

/// One prepared statement, for use again and again. Parameters and columns are counted as SQLite counts them:
/// parameters from 1, columns from 0.
class statement {
 public:
  statement(sqlite3* db, std::string_view sql);

  statement& bind(int parameter, std::int64_t value);
  statement& bind(int parameter, std::string_view value);  // copied
  statement& bind_null(int parameter);

  /// True: a row is there. False: done, and the statement is reset. Throws sqlite_error, the statement being reset.
  bool step();
  /// For a statement that answers no rows.
  void run();
  void reset() { sqlite3_reset(handle_.get()); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string text(int column) const;

 private:
  struct finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  void check(int code) const;

  std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

/// Resets a statement when the scope ends, so that a read transaction never outlives its use.
class reset_at_end {
 public:
  explicit reset_at_end(statement& s) : statement_(s) {}
  ~reset_at_end() { statement_.reset(); }
  reset_at_end(const reset_at_end&) = delete;
  reset_at_end& operator=(const reset_at_end&) = delete;

 private:
  statement& statement_;
};

enum class open_mode { read_only, read_write_create };

class connection {
 public:
  /// `vfs`: the name of a registered file system of SQLite; empty is the default one.
  /// Closing never checkpoints: who writes decides when, and a broken store is left as it is.
  connection(const std::string& file, open_mode mode, const std::string& vfs = {});

  sqlite3* handle() const { return handle_.get(); }
  /// Runs every statement of the text; rows are dropped.
  void execute(const std::string& sql);
  /// The first column of the first row, as an integer or as text.
  std::int64_t integer(const std::string& sql);
  std::string text(const std::string& sql);

  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

 private:
  struct close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, close> handle_;
};

}  // namespace firstcome::sql
