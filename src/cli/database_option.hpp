#pragma once

// The setting --database, alike for every sub-command that has a shared ledger: FIRSTCOME_DATABASE in the environment,
// `database` in the file. It holds a password, so it is never shown and is wiped from the argument list.

#include "runtime/config.hpp"
#include "runtime/secret.hpp"
#include "sql/mysql_address.hpp"

namespace firstcome::cli {

/// `into` takes the URL when the settings are resolved, and must outlive them.
void add_database(runtime::config& settings, runtime::secret& into);

/// Throws wrong_usage: with what is wrong, without the password.
sql::mysql_address database_of(const runtime::secret& url);

}  // namespace firstcome::cli
