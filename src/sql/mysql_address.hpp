#pragma once

// Where the MySQL or MariaDB server is, and how the way to it is protected:
//
//   mysql://user[:password]@host[:port]/database[?option=value&…]
//
//   tls                off · prefer (the default: encrypted when the server can, which keeps nobody out who can change
//                      what is sent) · require (encrypted, or no connection) · verify (and its certificate is checked)
//   ca, cert, key      files in PEM: whom to trust, and who we are
//   server-public-key  a file in PEM: the key that the password is sent under (caching_sha2_password without TLS)
//   socket             a Unix socket instead of host and port
//
// User, password and database are percent-encoded. No message and no text made here shows the password.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/secret.hpp"

namespace firstcome::sql {

enum class tls_mode : std::uint8_t { off, prefer, require, verify };

struct mysql_address {
  std::string host;
  std::uint16_t port = 3306;
  std::string socket;  // not empty: instead of host and port
  std::string user;
  runtime::secret password;
  std::string database;
  tls_mode tls = tls_mode::prefer;
  std::string ca, cert, key;
  std::string server_public_key;

  /// Nobody in between could read or change what is sent.
  bool is_local() const { return !socket.empty() || host == "localhost" || host == "127.0.0.1" || host == "::1"; }
};

/// Throws std::invalid_argument: a sentence that says what is wrong.
mysql_address parse_mysql_address(std::string_view url);

/// user@host:port/database
std::string to_string(const mysql_address& of);

}  // namespace firstcome::sql
