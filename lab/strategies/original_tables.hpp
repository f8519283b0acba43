#pragma once

// The original service's two tables, as its object-relational mapper used them: each function is one statement. No
// unique keys stand behind them, so that a strategy that breaks a promise leaves rows that show it.
//
// Every function throws sql::mysql_error. Thread safety: one thread.

#include <optional>

#include "domain/coupon.hpp"
#include "domain/issue.hpp"
#include "sql/mysql.hpp"

namespace firstcome::issuing {

class original_tables {
 public:
  enum class read { plain, for_update };

  /// Throws mysql_connect_error.
  explicit original_tables(const sql::mysql_address& at);

  /// CREATE TABLE IF NOT EXISTS, with the columns of the original entities.
  void create();
  /// Throws std::runtime_error when the database holds what nodes that serve rely on: no place for a strategy.
  void refuse_real_ledger();

  std::optional<coupon> find(coupon_id id, read how = read::plain);
  /// When it was issued; nothing: it was not.
  std::optional<timestamp> date_issued(coupon_id coupon, user_id user);
  void insert_issue(coupon_id coupon, user_id user, timestamp now);
  /// The count as the program worked it out, as a mapper writes a changed field back.
  void store_issued_quantity(coupon_id id, std::int32_t issued, timestamp now);

  coupon insert(const coupon_draft& draft, timestamp now);
  void store(const coupon& changed, timestamp now);

 private:
  friend class transaction;
  sql::mysql_connection db_;
};

/// Rolled back unless committed.
class transaction {
 public:
  explicit transaction(original_tables& on) : db_(on.db_) { db_.execute("START TRANSACTION"); }
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// connection_lost: unknown whether it happened.
  void commit();

 private:
  sql::mysql_connection& db_;
  bool open_ = true;
};

}  // namespace firstcome::issuing
