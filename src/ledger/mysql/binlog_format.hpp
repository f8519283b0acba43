#pragma once

// A server that logs statements cannot run our transactions: they are READ COMMITTED, and InnoDB refuses to write them
// (error 1665), one after the other, while everything else answers. So it is refused at the start.

#include "sql/mysql.hpp"

namespace firstcome::ledger {

/// Throws std::runtime_error, a sentence that names the setting that is needed.
void check_binlog_format(sql::mysql_connection& db);

}  // namespace firstcome::ledger
