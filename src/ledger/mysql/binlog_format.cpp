#include "ledger/mysql/binlog_format.hpp"

#include <stdexcept>

namespace firstcome::ledger {

/// As SHOW has them: a server that no longer knows a variable shows nothing, where a query for it would fail.
void check_binlog_format(sql::mysql_connection& db) {
  bool logs = false;
  bool by_statement = false;
  sql::mysql_rows row = db.query("SHOW SESSION VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')");
  while (row.next()) {
    logs = logs || (row.text(0) == "log_bin" && row.text(1) == "ON");
    by_statement = by_statement || (row.text(0) == "binlog_format" && row.text(1) == "STATEMENT");
  }
  if (logs && by_statement)
    throw std::runtime_error(
        "the database server refuses our transactions: binlog_format is STATEMENT, and must be ROW (or MIXED). Set "
        "binlog_format = ROW in the server's configuration (or: SET GLOBAL binlog_format = 'ROW'), and start again");
}

}  // namespace firstcome::ledger
