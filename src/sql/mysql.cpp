#include "sql/mysql.hpp"

#include <errmsg.h>
#include <mysql.h>

#include <ma_pvio.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

#include "sql/mysql_connect.hpp"

namespace firstcome::sql {
namespace {

/// The library sets itself up at its first use, which two threads must not do at once; and a leak checker wants it
/// taken down.
struct library {
  library() { mysql_library_init(0, nullptr, nullptr); }
  ~library() { mysql_library_end(); }
};
const library set_up_before_main;

constexpr std::size_t sql_shown_max = 200;

/// The library's own options count whole seconds, and only until it is connected. It polls for so long by itself, and
/// leaves the waiting to the socket when TLS is on.
void limit_waits(MYSQL* connection, std::chrono::milliseconds each) {
  MARIADB_PVIO* const way = connection->net.pvio;
  if (way == nullptr) return;  // it is lost
  const auto limit = static_cast<int>(std::min<std::int64_t>(each.count(), std::numeric_limits<int>::max()));
  way->timeout[PVIO_READ_TIMEOUT] = limit;
  way->timeout[PVIO_WRITE_TIMEOUT] = limit;
  if (way->ctls == nullptr) return;
  const timeval time{.tv_sec = limit / 1000, .tv_usec = limit % 1000 * 1000};
  const my_socket socket = mysql_get_socket(connection);
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

}  // namespace

mysql_rows::mysql_rows(st_mysql* connection, st_mysql_res* result, runtime::deadline until)
    : connection_(connection), result_(result), until_(until) {}

mysql_rows::mysql_rows(mysql_rows&& other) noexcept
    : connection_(other.connection_), result_(std::exchange(other.result_, nullptr)), until_(other.until_) {}

mysql_rows& mysql_rows::operator=(mysql_rows&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(result_, other.result_);
  std::swap(until_, other.until_);
  row_ = nullptr;
  return *this;
}

mysql_rows::~mysql_rows() {
  if (result_ != nullptr) mysql_free_result(result_);
}

/// A server that goes on sending would otherwise be listened to for ever; who is cut off need not read the rest.
void mysql_rows::limit_to_what_is_left() {
  const std::chrono::milliseconds left = until_.left();
  if (left.count() > 0) return limit_waits(connection_, left);
  mariadb_cancel(connection_);
  throw sql::mysql_error(CR_SERVER_LOST, mysql_failure::connection_lost, "reading rows: the time for it was over");
}

bool mysql_rows::next() {
  if (!until_.is_never()) limit_to_what_is_left();
  row_ = mysql_fetch_row(result_);
  if (row_ == nullptr) {
    // The end and a failure look alike; only the error number tells.
    if (const unsigned code = mysql_errno(connection_); code != 0)
      throw sql::mysql_error(code, failure_of(code, ::mysql_error(connection_)),
                             std::string("reading rows: ") + ::mysql_error(connection_));
    return false;
  }
  lengths_ = mysql_fetch_lengths(result_);
  return true;
}

bool mysql_rows::is_null(unsigned column) const {
  return row_[column] == nullptr;
}

std::string_view mysql_rows::text(unsigned column) const {
  return is_null(column) ? std::string_view() : std::string_view(row_[column], lengths_[column]);
}

std::int64_t mysql_rows::integer(unsigned column) const {
  std::int64_t value = 0;
  const std::string_view digits = text(column);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void mysql_connection::close::operator()(st_mysql* handle) const {
  mysql_close(handle);
}

mysql_connection::mysql_connection(const mysql_address& to, const mysql_timeouts& timeouts, runtime::deadline until)
    : handle_(mysql_init(nullptr)), reply_max_(timeouts.reply), until_(until) {
  if (handle_ == nullptr) throw std::bad_alloc();
  connect(handle_.get(), to, timeouts_within(timeouts, until));
  is_shortened_ = !until.is_never();
  try {
    prepare_session(timeouts);
  } catch (const sql::mysql_error& e) {
    throw explain(to, e.code(), e.what());
  }
}

void mysql_connection::prepare_session(const mysql_timeouts& timeouts) {
  const std::string idle = std::to_string(timeouts.idle.count());
  std::string sql =
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
      " time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = " +
      std::to_string(timeouts.lock.count());
  // Outside a transaction MariaDB's sessions may rest longer; MySQL knows one time-out for both.
  if (is_mariadb()) {
    sql += ", wait_timeout = " + std::to_string(timeouts.idle.count() * 12) + ", idle_transaction_timeout = " + idle;
  } else {
    sql += ", wait_timeout = " + idle;
  }
  execute(sql);
  execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  mysql_rows replicates = query("SHOW SESSION VARIABLES LIKE 'wsrep_on'");
  is_galera_ = replicates.next() && replicates.text(1) == "ON";
  if (is_galera_) execute("SET SESSION wsrep_sync_wait = 1");
}

void mysql_connection::fail(std::string_view sql) const {
  const unsigned code = mysql_errno(handle_.get());
  const std::string said = ::mysql_error(handle_.get());
  throw sql::mysql_error(code, failure_of(code, said),
                         said + " (code " + std::to_string(code) + ") in: " +
                             std::string(sql.substr(0, sql_shown_max)) + (sql.size() > sql_shown_max ? "…" : ""));
}

/// A deadline is looked at once for each statement, and once for each row that is fetched by itself.
void mysql_connection::limit_to_what_is_left() {
  if (until_.is_never() && !is_shortened_) return;
  const std::chrono::milliseconds left = until_.left();
  if (left.count() == 0) throw runtime::deadline_passed("the database was not asked: the time for it was over");
  limit_waits(handle_.get(), std::min(left, reply_max_));
  is_shortened_ = left < reply_max_;
}

void mysql_connection::send(std::string_view sql) {
  limit_to_what_is_left();
  if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) fail(sql);
}

/// Null for a statement that answers no rows.
st_mysql_res* mysql_connection::fetched(std::string_view sql) {
  if (is_shortened_) limit_waits(handle_.get(), std::max(until_.left(), std::chrono::milliseconds(1)));
  MYSQL_RES* result = mysql_store_result(handle_.get());
  if (result == nullptr && mysql_errno(handle_.get()) != 0) fail(sql);
  return result;
}

std::uint64_t mysql_connection::execute(std::string_view sql) {
  send(sql);
  MYSQL_RES* rows = fetched(sql);
  if (rows == nullptr) return mysql_affected_rows(handle_.get());
  mysql_free_result(rows);
  return 0;
}

mysql_rows mysql_connection::query(std::string_view sql) {
  send(sql);
  mysql_rows rows(handle_.get(), fetched(sql), runtime::deadline::never());
  if (rows.result_ == nullptr) throw std::logic_error("no rows from: " + std::string(sql.substr(0, sql_shown_max)));
  return rows;
}

mysql_rows mysql_connection::stream(std::string_view sql) {
  send(sql);
  MYSQL_RES* rows = mysql_use_result(handle_.get());
  if (rows == nullptr) fail(sql);
  return {handle_.get(), rows, until_};
}

std::optional<std::string> mysql_connection::value(std::string_view sql) {
  mysql_rows rows = query(sql);
  if (!rows.next() || rows.is_null(0)) return std::nullopt;
  return std::string(rows.text(0));
}

std::string mysql_connection::quoted(std::string_view text) const {
  std::string literal(text.size() * 2 + 3, '\'');
  const auto length = mysql_real_escape_string(handle_.get(), literal.data() + 1, text.data(), text.size());
  literal.resize(length + 1);
  literal += '\'';
  return literal;
}

std::int64_t mysql_connection::last_insert_id() const {
  return static_cast<std::int64_t>(mysql_insert_id(handle_.get()));
}

bool mysql_connection::alive() {
  limit_to_what_is_left();
  return mysql_ping(handle_.get()) == 0;
}

void mysql_connection::cut() {
  mariadb_cancel(handle_.get());
}

bool mysql_connection::is_mariadb() const {
  return mariadb_connection(handle_.get()) != 0;
}

std::string mysql_connection::server_version() const {
  return mysql_get_server_info(handle_.get());
}

bool mysql_connection::encrypted() const {
  return mysql_get_ssl_cipher(handle_.get()) != nullptr;
}

}  // namespace firstcome::sql
