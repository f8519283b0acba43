#pragma once

// What went wrong in the SQL server, in the kinds that a caller treats differently. MySQL and MariaDB share most codes;
// where they differ both are known here and nowhere else.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace firstcome::sql {

enum class mysql_failure : std::uint8_t {
  connection_lost,  // broken, timed out, or ended by the server: unknown whether the statement happened
  duplicate_key,    // the statement was taken back, the transaction is still open
  lock_timeout,     // somebody else holds the row (also: NOWAIT); the statement was taken back
  deadlock,         // the whole transaction was taken back, perhaps only at its COMMIT (by another node); try again
  data_refused,     // the row's data: too long, out of range, against a constraint, refused by a trigger
  no_room,          // a full disk or table; later perhaps
  read_only,        // the server or the user may only read: a replica, or one that protects itself
  not_ready,        // a node of a cluster that serves nobody now: it joins, or is not of the majority; nothing was done
  other,            // a mistake in the statement or the schema, a missing right
};

/// Of an error number of server or client library (mysql_errno), and its text.
mysql_failure failure_of(unsigned code, std::string_view said = {});

/// A statement failed.
class mysql_error : public std::runtime_error {
 public:
  mysql_error(unsigned code, mysql_failure failure, const std::string& what)
      : std::runtime_error(what), code_(code), failure_(failure) {}

  unsigned code() const { return code_; }
  mysql_failure failure() const { return failure_; }

 private:
  unsigned code_;
  mysql_failure failure_;
};

enum class connect_failure : std::uint8_t {
  refused,           // nobody listens there
  no_answer,         // no route, or no answer in time
  unknown_host,      //
  access_denied,     // wrong user or password
  unknown_database,  //
  no_rights,         // the user may not use this database, or not from this machine
  no_tls,            // it is required, and the server has none
  tls_required,      // the server requires it, and it is off here
  tls_failed,        // certificate, protocol, files
  no_method,         // the ways to authenticate do not meet
  too_many,          // connections
  not_ready,         // a node of a cluster that serves nobody now
  other,
};

/// There is no connection. The text is a sentence for the operator: which failure it is, and what to do.
class mysql_connect_error : public std::runtime_error {
 public:
  mysql_connect_error(connect_failure failure, const std::string& what) : std::runtime_error(what), failure_(failure) {}

  connect_failure failure() const { return failure_; }
  /// It may go away by itself: a server that restarts or is full. The others want an operator.
  bool may_pass() const {
    return failure_ == connect_failure::refused || failure_ == connect_failure::no_answer ||
           failure_ == connect_failure::unknown_host || failure_ == connect_failure::too_many ||
           failure_ == connect_failure::not_ready;
  }

 private:
  connect_failure failure_;
};

struct mysql_address;

/// From what the client library said when a connection to `to` failed. `system_error`: why it did not get through,
/// where that is known, as errno.
mysql_connect_error explain(const mysql_address& to, unsigned code, const std::string& said, int system_error = 0);

}  // namespace firstcome::sql
