#pragma once

// One connection to the shared ledger's server that comes back: made at first use, checked each time it is made (the
// schema is ours, what is committed is on stable storage), dropped after a failure and made again at the next use.
//
// Every failure of the server comes out as `store_unavailable`: the transaction is surely gone or its COMMIT is
// unknown. One that the server took back because another was first is a `transaction_conflict`: surely not done.
// Thread safety: one thread.

#include <cstdint>
#include <optional>

#include "domain/error.hpp"
#include "ledger/shared_ledger.hpp"
#include "runtime/contact.hpp"
#include "runtime/deadline.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

/// Weaker than on stable storage is refused, unless it was asked for by name.
enum class ledger_durability : std::uint8_t { required, waived };

struct mysql_ledger_options {
  sql::mysql_address at;
  sql::mysql_timeouts timeouts = {};
  ledger_durability durability = ledger_durability::required;
  runtime::contact* contact = nullptr;  // is told whether the server answers; outlives the session
};

/// Throws std::runtime_error, a sentence that says what to do, when a commit that the server has answered could be lost
/// by a crash of its machine.
void check_durability(sql::mysql_connection& db);

class mysql_session {
 public:
  explicit mysql_session(mysql_ledger_options options) : options_(std::move(options)) {}

  /// Connects and checks now. Throws mysql_connect_error, or std::runtime_error for a server that may not be used: for
  /// the start, where an operator reads it.
  void connect();

  /// Whatever is waited for from now on ends by then; a connection whose statement did not is thrown away.
  void until(runtime::deadline last);
  runtime::deadline until() const { return until_; }

  /// Runs `work(connection)` and answers what it does. A mysql_error that it lets out is turned into store_unavailable,
  /// the transaction rolled back and the connection dropped; a deadlock leaves the connection as it is. When the
  /// deadline has passed already, deadline_passed: `work` is not run.
  template <class Work>
  auto run(Work work) {
    if (until_.passed()) throw runtime::deadline_passed("the database was not asked: the time for it was over");
    try {
      sql::mysql_connection& db = ready();
      if constexpr (std::is_void_v<decltype(work(db))>) {
        work(db);
        note_contact(sql::mysql_failure::other);
      } else {
        auto answer = work(db);
        note_contact(sql::mysql_failure::other);
        return answer;
      }
    } catch (const sql::mysql_error& e) {
      note_contact(e.failure());
      if (e.failure() == sql::mysql_failure::deadlock) conflict(e);
      drop();
      throw store_unavailable(std::string("the database failed: ") + e.what());
    } catch (...) {
      drop();  // a transaction may be open, rows half read
      throw;
    }
  }

  /// Counts the connections made: what was read over an earlier one may be of another time (a restored backup).
  std::uint64_t generation() const { return generation_; }
  bool connected() const { return connection_.has_value(); }
  void drop();

  const mysql_ledger_options& options() const { return options_; }

 private:
  sql::mysql_connection& ready();
  [[noreturn]] void conflict(const sql::mysql_error& cause);
  void note_contact(sql::mysql_failure what) const;

  mysql_ledger_options options_;
  std::optional<sql::mysql_connection> connection_;
  std::uint64_t generation_ = 0;
  runtime::deadline until_ = runtime::deadline::never();
  std::chrono::steady_clock::time_point last_used_;
};

}  // namespace firstcome::ledger
