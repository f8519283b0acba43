#pragma once

// How a connection of libmariadb is set up; of use to mysql.cpp only.

#include <mysql.h>

#include "sql/mysql.hpp"

namespace firstcome::sql {

/// Sets what has to be set before the connection is made, and makes it. Throws mysql_connect_error.
void connect(MYSQL* handle, const mysql_address& to, const mysql_timeouts& timeouts);

/// What is left until then, in the library's whole seconds. Throws deadline_passed when nothing is.
mysql_timeouts timeouts_within(mysql_timeouts timeouts, runtime::deadline until);

}  // namespace firstcome::sql
