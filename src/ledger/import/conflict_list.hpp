#pragma once

// What stands in the way of an upgrade, as a survey finds it: sentences that say what was met and what to do.
// Thread safety: one thread.

#include <string>
#include <utility>
#include <vector>

#include "ledger/mysql/migration.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

class conflict_list {
 public:
  static constexpr int shown_of_each_kind_max = 1000;

  explicit conflict_list(sql::mysql_connection& db) : db_(db) {}

  bool empty() const { return found_.empty(); }
  std::vector<migration_conflict> take() { return std::move(found_); }

  void add(std::string sentence, bool resolvable = false) { found_.push_back({std::move(sentence), resolvable}); }

  /// One conflict for each row of the query, whose first column is the sentence.
  void each(const std::string& query, bool resolvable = false) {
    sql::mysql_rows row = db_.query(query + " LIMIT " + std::to_string(shown_of_each_kind_max + 1));
    for (int shown = 0; row.next(); ++shown) {
      if (shown == shown_of_each_kind_max) return add("… and more of these", resolvable);
      add(std::string(row.text(0)), resolvable);
    }
  }

 private:
  sql::mysql_connection& db_;
  std::vector<migration_conflict> found_;
};

}  // namespace firstcome::ledger
