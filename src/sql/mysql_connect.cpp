#include "sql/mysql_connect.hpp"

#include <errmsg.h>
#include <unistd.h>

#include <boost/asio.hpp>

#include <cerrno>

namespace firstcome::sql {
namespace {

// Those that never send the password itself over a connection that others can read. The library would otherwise follow
// a server (or who poses as one) that asks for it in the clear.
constexpr const char* methods_without_clear_text =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,ed25519,parsec";

void set_option(MYSQL* handle, mysql_option option, std::chrono::seconds value) {
  const auto seconds = static_cast<unsigned>(value.count());
  mysql_options(handle, option, &seconds);
}

void set_option(MYSQL* handle, mysql_option option, bool value) {
  const my_bool on = value ? 1 : 0;
  mysql_options(handle, option, &on);
}

void set_option(MYSQL* handle, mysql_option option, const std::string& value) {
  if (!value.empty()) mysql_options(handle, option, value.c_str());
}

/// The library takes a file that it cannot read for none, or says only that TLS failed.
void check_file(const mysql_address& to, const char* name, const std::string& file) {
  if (file.empty() || ::access(file.c_str(), R_OK) == 0) return;
  throw mysql_connect_error(connect_failure::tls_failed, "no connection to the database server " + to_string(to) +
                                                             ": the file " + file + " of the option " + name +
                                                             " cannot be read");
}

void set_tls(MYSQL* handle, const mysql_address& to) {
  check_file(to, "ca", to.ca);
  check_file(to, "cert", to.cert);
  check_file(to, "key", to.key);
  check_file(to, "server-public-key", to.server_public_key);
  set_option(handle, MYSQL_SERVER_PUBLIC_KEY, to.server_public_key);
  // Set in each case: whether it is on by default differs between the library's versions.
  set_option(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, to.tls == tls_mode::verify);
  set_option(handle, MYSQL_OPT_SSL_ENFORCE, to.tls != tls_mode::off);
  if (to.tls == tls_mode::off) return;
  set_option(handle, MYSQL_OPT_SSL_CA, to.ca);
  set_option(handle, MYSQL_OPT_SSL_CERT, to.cert);
  set_option(handle, MYSQL_OPT_SSL_KEY, to.key);
}

/// The library goes on unencrypted when the server has no TLS, whatever was asked of it but a checked certificate.
void refuse_if_unencrypted(MYSQL* handle, const mysql_address& to) {
  const bool wanted = to.tls == tls_mode::require || to.tls == tls_mode::verify;
  if (wanted && mysql_get_ssl_cipher(handle) == nullptr)
    throw explain(to, CR_SSL_CONNECTION_ERROR, "the server does not support it");
}

/// The library says of every failed connection that it is still in progress. One that failed at once fails at once
/// again, with the reason; one that was waited for in vain is not worth waiting for again.
int why_not_reached(const mysql_address& to, const std::string& host, bool at_once) {
  if (!at_once) return ETIMEDOUT;
  boost::system::error_code why;
  boost::asio::io_context io;
  if (!to.socket.empty()) {
    boost::asio::local::stream_protocol::socket socket(io);
    socket.connect(to.socket, why);
  } else {
    boost::asio::ip::tcp::socket socket(io);
    const auto addresses = boost::asio::ip::tcp::resolver(io).resolve(host, std::to_string(to.port), why);
    if (!why) boost::asio::connect(socket, addresses, why);
  }
  return why.category() == boost::system::system_category() ? why.value() : 0;
}

bool is_unreachable(unsigned code) {
  return code == CR_CONNECTION_ERROR || code == CR_CONN_HOST_ERROR || code == CR_IPSOCK_ERROR;
}

}  // namespace

mysql_timeouts timeouts_within(mysql_timeouts timeouts, runtime::deadline until) {
  if (until.is_never()) return timeouts;
  const std::chrono::milliseconds left = until.left();
  if (left.count() == 0) throw runtime::deadline_passed("the database was not asked: the time for it was over");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
  timeouts.connect = std::min(timeouts.connect, seconds);
  timeouts.reply = std::min(timeouts.reply, seconds);
  return timeouts;
}

void connect(MYSQL* handle, const mysql_address& to, const mysql_timeouts& timeouts) {
  set_option(handle, MYSQL_OPT_CONNECT_TIMEOUT, timeouts.connect);
  set_option(handle, MYSQL_OPT_READ_TIMEOUT, timeouts.reply);
  set_option(handle, MYSQL_OPT_WRITE_TIMEOUT, timeouts.reply);
  set_option(handle, MYSQL_OPT_RECONNECT, false);
  set_option(handle, MYSQL_OPT_LOCAL_INFILE, false);
  set_option(handle, MYSQL_SET_CHARSET_NAME, std::string("utf8mb4"));
  set_option(handle, MARIADB_OPT_RESTRICTED_AUTH, std::string(methods_without_clear_text));
  mysql_optionsv(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "firstcome");
  set_tls(handle, to);
  const std::string password(to.password.reveal());
  // "localhost" would be taken for a Unix socket, whose place only the server's own machine agrees on.
  const std::string host = to.host == "localhost" ? "127.0.0.1" : to.host;
  const auto start = std::chrono::steady_clock::now();
  const MYSQL* made = mysql_real_connect(handle, to.socket.empty() ? host.c_str() : nullptr, to.user.c_str(),
                                         password.c_str(), to.database.c_str(), to.port,
                                         to.socket.empty() ? nullptr : to.socket.c_str(), CLIENT_FOUND_ROWS);
  if (made == nullptr) {
    const unsigned code = mysql_errno(handle);
    const bool at_once = 2 * (std::chrono::steady_clock::now() - start) < timeouts.connect;
    throw explain(to, code, ::mysql_error(handle), is_unreachable(code) ? why_not_reached(to, host, at_once) : 0);
  }
  refuse_if_unencrypted(handle, to);
}

}  // namespace firstcome::sql
