#include "ledger/mysql/session.hpp"

#include "ledger/mysql/binlog_format.hpp"
#include "ledger/mysql/schema.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

/// Rested longer than this, a connection is tried before it is used: the server may have ended it.
constexpr std::chrono::milliseconds rest_trusted{1000};

[[noreturn]] void refuse(const std::string& setting, const std::string& is, const std::string& must_be) {
  throw std::runtime_error("the database server would lose commits that it has answered: " + setting + " is " + is +
                           ", and must be " + must_be + ". Set it in the server's configuration (or: SET GLOBAL " +
                           setting + " = 1), or accept the loss by name (durability)");
}

}  // namespace

void check_durability(sql::mysql_connection& db) {
  sql::mysql_rows row =
      db.query("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.log_bin, @@GLOBAL.sync_binlog");
  row.next();
  const std::int64_t flush = row.integer(0);
  // 3 is MariaDB's: it syncs twice a commit.
  if (flush != 1 && !(flush == 3 && db.is_mariadb()))
    refuse("innodb_flush_log_at_trx_commit", std::to_string(flush), "1");
  if (row.integer(1) != 0 && row.integer(2) != 1)
    refuse("sync_binlog", std::to_string(row.integer(2)), "1 while there is a binlog");
}

void mysql_session::connect() {
  drop();
  sql::mysql_connection made(options_.at, options_.timeouts, until_);
  mysql_schema::check(made);
  check_binlog_format(made);
  if (options_.durability == ledger_durability::required) check_durability(made);
  connection_.emplace(std::move(made));
  last_used_ = std::chrono::steady_clock::now();
  ++generation_;
}

void mysql_session::until(runtime::deadline last) {
  until_ = last;
  if (connection_) connection_->until(last);
}

void mysql_session::drop() {
  if (connection_) connection_->cut();  // else closing would first read what is still to come
  connection_.reset();
}

void mysql_session::conflict(const sql::mysql_error& cause) {
  try {
    if (connection_) roll_back(*connection_);
  } catch (const sql::mysql_error&) {
    drop();
  }
  throw transaction_conflict(std::string("another transaction was first: ") + cause.what());
}

/// An error of the server is an answer too, unless it is no server for anybody now.
void mysql_session::note_contact(sql::mysql_failure what) const {
  if (options_.contact == nullptr) return;
  const bool away = what == sql::mysql_failure::connection_lost || what == sql::mysql_failure::not_ready;
  away ? options_.contact->failed() : options_.contact->answered();
}

sql::mysql_connection& mysql_session::ready() {
  const auto now = std::chrono::steady_clock::now();
  if (connection_ && now - last_used_ > rest_trusted && !connection_->alive()) drop();
  try {
    if (!connection_) connect();
  } catch (const sql::mysql_connect_error& e) {
    note_contact(sql::mysql_failure::connection_lost);
    throw store_unavailable(e.what());
  }
  last_used_ = now;
  return *connection_;
}

}  // namespace firstcome::ledger
