#pragma once

// libmariadb's C interface, owned: a connection and its results close themselves, and every failure is a `mysql_error`
// of one kind. It speaks to MariaDB and to MySQL. Never reconnects by itself: what was under way would be lost without
// a word. After `connection_lost` only the destructor is left.
//
// A connection may be given a deadline: what it is asked from then on ends by that time, rows included. The library
// counts a connect in whole seconds, so a server that is silent from the start may take one second longer.
//
// A session is made alike on every server: utf8mb4, UTC, strict, READ COMMITTED, and the time-outs below. On a node of
// a Galera cluster its reads wait until the node has applied what the others had committed (wsrep_sync_wait).
//
// One call is one statement: the server refuses a text with several. A Galera cluster would keep a part of a
// transaction that comes as one text (docs/adr/0023). Thread safety: a connection and its results belong to one thread
// at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/deadline.hpp"
#include "sql/mysql_address.hpp"
#include "sql/mysql_failure.hpp"

struct st_mysql;
struct st_mysql_res;

namespace firstcome::sql {

struct mysql_timeouts {
  std::chrono::seconds connect{3};
  std::chrono::seconds reply{30};  // for the server to answer or to go on answering; longer than any lock is waited for
  /// The server ends a session that stands in a transaction and asks nothing for so long, and so frees its locks.
  std::chrono::seconds idle{5};
  std::chrono::seconds lock{5};  // how long a statement waits for a row that somebody else holds
};

/// The rows of one query, one at a time. Columns are counted from 0.
class mysql_rows {
 public:
  mysql_rows(mysql_rows&&) noexcept;
  mysql_rows& operator=(mysql_rows&&) noexcept;
  ~mysql_rows();

  /// True: a row is there, and what the columns' texts point to lives until the next call. Throws mysql_error.
  bool next();

  bool is_null(unsigned column) const;
  std::string_view text(unsigned column) const;
  std::int64_t integer(unsigned column) const;

 private:
  friend class mysql_connection;
  mysql_rows(st_mysql* connection, st_mysql_res* result, runtime::deadline until);

  void limit_to_what_is_left();

  st_mysql* connection_;
  st_mysql_res* result_;
  runtime::deadline until_;  // of a stream, whose rows are still to come
  char** row_ = nullptr;
  unsigned long* lengths_ = nullptr;
};

class mysql_connection {
 public:
  /// Throws mysql_connect_error, and deadline_passed when there is no time left to begin.
  explicit mysql_connection(const mysql_address& to, const mysql_timeouts& timeouts = {},
                            runtime::deadline until = runtime::deadline::never());
  mysql_connection(mysql_connection&&) noexcept = default;
  mysql_connection& operator=(mysql_connection&&) noexcept = default;
  ~mysql_connection() = default;

  /// What is asked from now on ends by then. What would be sent later is not: deadline_passed. What is under way then
  /// fails as a lost connection does: unknown.
  void until(runtime::deadline last) { until_ = last; }

  /// Answers how many rows it changed (rows found, for an UPDATE; changed or not). Rows are dropped.
  std::uint64_t execute(std::string_view sql);
  /// All rows are fetched at once.
  mysql_rows query(std::string_view sql);
  /// Rows are fetched as they are asked for: nothing else may be asked meanwhile. Who does not want the rest must
  /// `cut` the connection first, or the rest is read and dropped.
  mysql_rows stream(std::string_view sql);

  /// The first column of the first row; nothing without a row, or when it is NULL.
  std::optional<std::string> value(std::string_view sql);

  /// 'text' as a literal of SQL.
  std::string quoted(std::string_view text) const;
  std::int64_t last_insert_id() const;

  /// Whether the other side is still there and answers.
  bool alive();
  /// Breaks the connection; only the destructor is left.
  void cut();

  bool is_mariadb() const;
  /// Whether the server is a node of a Galera cluster (MariaDB's or Percona's), to which others commit as well.
  bool is_galera() const { return is_galera_; }
  std::string server_version() const;
  bool encrypted() const;

 private:
  struct close {
    void operator()(st_mysql* handle) const;
  };

  [[noreturn]] void fail(std::string_view sql) const;
  void limit_to_what_is_left();
  void send(std::string_view sql);
  st_mysql_res* fetched(std::string_view sql);
  void prepare_session(const mysql_timeouts& timeouts);

  std::unique_ptr<st_mysql, close> handle_;
  std::chrono::milliseconds reply_max_;
  runtime::deadline until_;
  bool is_shortened_ = false;  // the library waits for less than reply_max_
  bool is_galera_ = false;
};

}  // namespace firstcome::sql
