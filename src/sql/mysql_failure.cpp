#include "sql/mysql_failure.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include "sql/mysql_address.hpp"

namespace firstcome::sql {
namespace {

// Of MySQL, which MariaDB's header does not have.
constexpr unsigned mysql_query_timeout = 3024;              // max_execution_time
constexpr unsigned mysql_secure_transport_required = 3159;  // MariaDB's too
constexpr unsigned mysql_lock_nowait = 3572;
constexpr unsigned mysql_check_violated = 3819;
constexpr unsigned mysql_disconnected_idle = 4031;
constexpr unsigned disk_full_now = 3167;
constexpr unsigned rolled_back_in_commit = 3101;  // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: Group Replication's loser
constexpr unsigned not_prepared = 1047;           // Galera's "has not yet prepared node for application use"
constexpr unsigned signalled = 1644;              // ER_SIGNAL_EXCEPTION: a trigger refuses the row

/// What the server said before TLS began, which the library wraps in a sentence of its own.
unsigned code_in(std::string_view said) {
  constexpr std::string_view before = "cannot be verified: ";
  const auto at = said.find(before);
  unsigned code = 0;
  if (at != std::string_view::npos) std::from_chars(said.data() + at + before.size(), said.data() + said.size(), code);
  return code;
}

struct explanation {
  connect_failure failure;
  std::string what;
};

explanation unreachable(const mysql_address& to, const std::string& said, int error) {
  if (!to.socket.empty() && (error == ENOENT || error == ECONNREFUSED))
    return {connect_failure::refused, "nobody listens on this socket. Is the server running, and is socket= its path?"};
  if (error == ECONNREFUSED)
    return {connect_failure::refused,
            "the connection was refused: nothing listens there. Is the server running, does it listen on this address"
            " (bind-address), and is the port right?"};
  return {connect_failure::no_answer, "it does not answer (" +
                                          (error != 0 ? std::generic_category().message(error) : said) +
                                          "). Is the address right, and does a firewall stand between?"};
}

explanation lost_at_the_door(const std::string& said) {
  return {connect_failure::no_answer, "the connection broke before the server had let us in (" + said +
                                          "). Is this the port of a MySQL or MariaDB server, and is it well?"};
}

/// OpenSSL's and the system's words for a connection that ended in the middle of the handshake: the server restarts, or
/// something in between gives up. The fourth is what Connector/C 3.4 says of it.
bool broke_off(const std::string& said) {
  for (const char* words : {"reset by peer", "unexpected eof", "Broken pipe", "temporarily unavailable",
                            "Lost connection", "connection was closed"})
    if (said.find(words) != std::string::npos) return true;
  return false;
}

/// Connector/C 3.4 says so when it was cut off before the password had vouched for a certificate that nobody signed.
/// Where no certificate is checked, that is all it can mean.
bool complains_of_certificate(const mysql_address& to, const std::string& said) {
  return to.tls != tls_mode::verify && said.find("certificate") != std::string::npos;
}

explanation tls_failed(const mysql_address& to, const std::string& said) {
  if (broke_off(said) || complains_of_certificate(to, said)) return lost_at_the_door(said);
  if (said.find("does not support") != std::string::npos)
    return {connect_failure::no_tls,
            "it offers no TLS, and tls=" + std::string(to.tls == tls_mode::verify ? "verify" : "require") +
                " wants it. Give the server a certificate (ssl_cert, ssl_key), or allow tls=prefer on a network that"
                " you trust"};
  return {connect_failure::tls_failed,
          "no TLS connection could be made (" + said +
              "). With tls=verify, ca= must name the authority that signed the server's certificate, and the"
              " certificate must be for this host; cert= and key= must be readable"};
}

explanation denied(const mysql_address& to) {
  return {connect_failure::access_denied,
          "the user \"" + to.user + "\" was not let in: the password is wrong" +
              (to.password.empty() ? " (none was given)" : "") +
              ", or there is no such user for this machine, or it may only come encrypted (tls=require). In a URL, "
              "special characters of the password are"
              " percent-encoded (@ is %40, / is %2F)"};
}

explanation no_method(const std::string& said) {
  return {connect_failure::no_method,
          "server and client have no way to authenticate in common (" + said +
              "). Without TLS, caching_sha2_password needs server-public-key=FILE; otherwise use tls=require, or give"
              " the user a method such as caching_sha2_password, mysql_native_password or ed25519"};
}

explanation explanation_of(const mysql_address& to, unsigned code, const std::string& said, int system_error) {
  switch (code) {
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_IPSOCK_ERROR:
      return unreachable(to, said, system_error);
    case CR_UNKNOWN_HOST:
      return {connect_failure::unknown_host, "the name of this host is not known here. Is it spelt right (DNS)?"};
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_HANDSHAKE_ERR:
    case CR_VERSION_ERROR:
    case CR_MALFORMED_PACKET:
      return lost_at_the_door(said);
    case CR_SSL_CONNECTION_ERROR:
      return tls_failed(to, said);
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      return denied(to);
    case ER_BAD_DB_ERROR:
      return {connect_failure::unknown_database, "there is no database \"" + to.database +
                                                     "\" on it. Make it (CREATE DATABASE " + to.database +
                                                     " CHARACTER SET utf8mb4), or correct the name"};
    case ER_DBACCESS_DENIED_ERROR:
      return {connect_failure::no_rights, "the user \"" + to.user + "\" has no rights on the database \"" +
                                              to.database + "\" (or it does not exist): GRANT ALL ON " + to.database +
                                              ".* TO this user"};
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED:
      return {connect_failure::no_rights, "it lets nobody in from this machine: " + said};
    case mysql_secure_transport_required:
      return {connect_failure::tls_required, "it takes encrypted connections only: use tls=require or tls=verify"};
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
    case CR_AUTH_PLUGIN_ERR:
    case CR_PLUGIN_NOT_ALLOWED:
    case ER_NOT_SUPPORTED_AUTH_MODE:
      return no_method(said);
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
      return {connect_failure::too_many, "it has too many connections already (max_connections)"};
    case not_prepared:
      return {connect_failure::not_ready,
              "this node of the cluster serves nobody now: it is joining, or has lost the majority (" + said + ")"};
    default:
      return {connect_failure::other, said + " (code " + std::to_string(code) + ")"};
  }
}

}  // namespace

mysql_failure failure_of(unsigned code, std::string_view said) {
  switch (code) {
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_COMMANDS_OUT_OF_SYNC:
    case CR_MALFORMED_PACKET:
    case CR_ERR_NET_READ:
    case CR_ERR_NET_WRITE:
    case CR_SSL_CONNECTION_ERROR:
    case ER_SERVER_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case ER_QUERY_INTERRUPTED:
    case ER_STATEMENT_TIMEOUT:
    case ER_NEW_ABORTING_CONNECTION:
    case ER_NET_READ_ERROR:
    case ER_NET_READ_INTERRUPTED:
    case ER_NET_ERROR_ON_WRITE:
    case ER_NET_WRITE_INTERRUPTED:
    case mysql_query_timeout:
    case mysql_disconnected_idle:
      return mysql_failure::connection_lost;
    case ER_DUP_ENTRY:
    case ER_DUP_ENTRY_WITH_KEY_NAME:
      return mysql_failure::duplicate_key;
    case ER_LOCK_WAIT_TIMEOUT:
    case mysql_lock_nowait:
      return mysql_failure::lock_timeout;
    case ER_LOCK_DEADLOCK:
    case rolled_back_in_commit:
      return mysql_failure::deadlock;
    case ER_ERROR_DURING_COMMIT:  // the engine's error 149 is its deadlock: so Group Replication says it, too
      return said.find("error 149") != std::string_view::npos ? mysql_failure::deadlock : mysql_failure::other;
    case not_prepared:
      return mysql_failure::not_ready;
    case ER_DATA_TOO_LONG:
    case ER_WARN_DATA_OUT_OF_RANGE:
    case ER_DATA_OUT_OF_RANGE:
    case ER_TRUNCATED_WRONG_VALUE:
    case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
    case ER_BAD_NULL_ERROR:
    case ER_NO_REFERENCED_ROW:
    case ER_NO_REFERENCED_ROW_2:
    case ER_CONSTRAINT_FAILED:
    case signalled:
    case mysql_check_violated:
      return mysql_failure::data_refused;
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_ERROR_ON_WRITE:
    case ER_TEMP_FILE_WRITE_FAILURE:
    case ER_OUT_OF_RESOURCES:
    case ER_ENGINE_OUT_OF_MEMORY:
    case disk_full_now:
      return mysql_failure::no_room;
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
    case ER_READ_ONLY_MODE:
    case ER_INNODB_READ_ONLY:
      return mysql_failure::read_only;
    default:
      return mysql_failure::other;
  }
}

mysql_connect_error explain(const mysql_address& to, unsigned code, const std::string& said, int system_error) {
  const unsigned from_server = code_in(said);
  const explanation e = explanation_of(to, from_server != 0 ? from_server : code, said, system_error);
  return {e.failure, "no connection to the database server " + to_string(to) + ": " + e.what};
}

}  // namespace firstcome::sql
