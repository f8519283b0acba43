#pragma once

// Looks from outside at the rows that a run makes, while it makes them: when the last one came, and all of them in the
// end. Thread safety: `start` and what follows on one thread; it has one of its own that looks.

#include <atomic>
#include <mutex>
#include <thread>

#include "lab/experiment/judge.hpp"
#include "lab/load/closed_loop.hpp"
#include "sql/mysql.hpp"

namespace firstcome::lab {

class ledger_watch {
 public:
  ledger_watch(sql::mysql_connection over, std::int64_t coupon);
  ~ledger_watch();
  ledger_watch(const ledger_watch&) = delete;
  ledger_watch& operator=(const ledger_watch&) = delete;

  /// Returns when there are `rows` or more, or none has come for `patience`. Throws `interrupted`.
  void wait_for(std::int64_t rows, std::chrono::milliseconds patience);
  /// When the number of rows was last seen to have changed, to about 20 ms.
  load::instant_ns last_row_at() const { return last_row_at_; }
  /// Stops looking.
  books read();

 private:
  void run();
  void stop();
  std::int64_t count();

  sql::mysql_connection db_;
  const std::string coupon_;
  std::atomic<std::int64_t> rows_{0};
  std::atomic<load::instant_ns> last_row_at_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::thread thread_;
};

}  // namespace firstcome::lab
