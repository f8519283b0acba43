#include "cli/database_option.hpp"

#include <stdexcept>

#include "runtime/config_kinds.hpp"

namespace firstcome::cli {

void add_database(runtime::config& settings, runtime::secret& into) {
  runtime::value_kind kind = runtime::secret_text(into);
  kind.placeholder = "URL";
  kind.may_be = "mysql://user:password@host:port/database, with special characters of the password percent-encoded";
  settings.add("database", "the ledger in MariaDB or MySQL: mysql://user:password@host:port/database?tls=require",
               std::move(kind));
}

sql::mysql_address database_of(const runtime::secret& url) {
  if (url.empty())
    throw runtime::wrong_usage(
        "no database was given: set FIRSTCOME_DATABASE (or --database) to mysql://user:password@host:port/database");
  try {
    return sql::parse_mysql_address(url.reveal());
  } catch (const std::invalid_argument& why) {
    throw runtime::wrong_usage(std::string("--database cannot be used: ") + why.what());
  }
}

}  // namespace firstcome::cli
