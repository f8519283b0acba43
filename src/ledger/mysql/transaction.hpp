#pragma once

// A transaction on the SQL server: begun, its statements sent one by one, and ended. An explicit ROLLBACK after every
// error, and again, a bounded number of times, after what passes by itself (a deadlock, a lock that somebody held for
// too long).
//
// A transaction never goes as one text: when another node of a Galera cluster takes back what ran before, the server
// would run the rest of the text by itself and commit it (docs/adr/0023). `sql::mysql_connection` cannot send one.

#include "ledger/mysql/append.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

inline constexpr int transaction_attempts_max = 3;

inline void begin(sql::mysql_connection& db) {
  db.execute("BEGIN");
}

/// Another node of a cluster may have taken the transaction back already; the first ROLLBACK is then told so.
inline void roll_back(sql::mysql_connection& db) {
  try {
    db.execute("ROLLBACK");
  } catch (const sql::mysql_error& e) {
    if (e.failure() != sql::mysql_failure::deadlock) throw;
    db.execute("ROLLBACK");
  }
}

/// False: another node of a cluster committed first, and the transaction is taken back.
[[nodiscard]] inline bool commit_unless_overtaken(sql::mysql_connection& db) {
  try {
    db.execute("COMMIT");
    return true;
  } catch (const sql::mysql_error& e) {
    if (e.failure() != sql::mysql_failure::deadlock) throw;
    roll_back(db);
    return false;
  }
}

/// Takes the transaction back before what went wrong is looked at. A connection that is lost has lost it by itself.
inline void roll_back_after(sql::mysql_connection& db, const sql::mysql_error& cause) {
  if (cause.failure() != sql::mysql_failure::connection_lost) roll_back(db);
}

inline bool passes(const sql::mysql_error& e) {
  return e.failure() == sql::mysql_failure::deadlock || e.failure() == sql::mysql_failure::lock_timeout;
}

/// `work()` begins a transaction and ends it, COMMIT or ROLLBACK, unless it throws.
template <class Work>
auto in_transaction(sql::mysql_connection& db, Work work) {
  for (int attempt = 0;; ++attempt) {
    try {
      return work();
    } catch (const sql::mysql_error& e) {
      roll_back_after(db, e);
      if (!passes(e) || attempt + 1 == transaction_attempts_max) throw;
    }
  }
}

}  // namespace firstcome::ledger
