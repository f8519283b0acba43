#pragma once

// One migration of a database at a time. On one server a named lock, which ends with the connection. On a Galera
// cluster such a lock is local to its node (and Percona's refuses it): there a table is the lock, because the cluster
// makes a table once, on all nodes in one order. A migration that is killed leaves the table, and an operator has to
// drop it.

#include <functional>
#include <memory>
#include <string>

#include "sql/mysql.hpp"

namespace firstcome::ledger {

class migration_lock {
 public:
  virtual ~migration_lock() = default;
};

/// Held while what it answers lives; `db` must outlive it. Waits for ten minutes for another migration, and says so
/// once to `say`; then it throws std::runtime_error, a sentence for the operator.
std::unique_ptr<migration_lock> lock_migration(sql::mysql_connection& db,
                                               const std::function<void(const std::string&)>& say);

}  // namespace firstcome::ledger
