#pragma once

// Trying a transaction: an explicit ROLLBACK after every error, and again, a bounded number of times, after what passes
// by itself (a deadlock, a lock that somebody held for too long).

#include "ledger/mysql/append.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

inline constexpr int transaction_attempts_max = 3;

/// Takes the transaction back before what went wrong is looked at. A connection that is lost has lost it by itself.
inline void roll_back_after(sql::mysql_connection& db, const sql::mysql_error& cause) {
  if (cause.failure() != sql::mysql_failure::connection_lost) db.execute("ROLLBACK");
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
