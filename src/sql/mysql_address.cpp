#include "sql/mysql_address.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace firstcome::sql {
namespace {

constexpr std::string_view form = "mysql://user:password@host:port/database";

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why + " (its form is " + std::string(form) + ")");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, const char* what) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) refuse(std::string("a % in the ") + what + " must be written %25");
    if (high == 0 && low == 0) refuse(std::string("the ") + what + " cannot hold a zero byte");
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

/// Cuts `text` at the first `at`; nothing when there is none.
std::optional<std::string_view> cut_after(std::string_view& text, char at) {
  const auto place = text.find(at);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view after = text.substr(place + 1);
  text = text.substr(0, place);
  return after;
}

// What could be a piece of a password with a / or @ in it is never shown.
std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    refuse("the port must be 1 to 65535; a / or @ in the password must be written %2F or %40");
  return port;
}

void read_user(std::string_view text, mysql_address& into) {
  const auto password = cut_after(text, ':');
  into.user = decoded(text, "user");
  if (into.user.empty()) refuse("the user is missing");
  if (password) into.password = runtime::secret(decoded(*password, "password"));
}

void read_host(std::string_view text, mysql_address& into) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) refuse("the ] after the host's address is missing");
    into.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.starts_with(':')) into.port = port_of(text.substr(1));
    return;
  }
  if (const auto port = cut_after(text, ':')) into.port = port_of(*port);
  into.host = decoded(text, "host");
}

tls_mode tls_of(const std::string& text) {
  if (text == "off") return tls_mode::off;
  if (text == "prefer") return tls_mode::prefer;
  if (text == "require") return tls_mode::require;
  if (text == "verify") return tls_mode::verify;
  refuse("tls may be off, prefer, require or verify");
}

void read_option(std::string_view text, mysql_address& into) {
  const auto raw = cut_after(text, '=');
  if (!raw || raw->empty()) refuse("an option after the ? must be name=value");
  const std::string value = decoded(*raw, "option");
  if (text == "tls") {
    into.tls = tls_of(value);
  } else if (text == "ca") {
    into.ca = value;
  } else if (text == "cert") {
    into.cert = value;
  } else if (text == "key") {
    into.key = value;
  } else if (text == "server-public-key") {
    into.server_public_key = value;
  } else if (text == "socket") {
    into.socket = value;
  } else {
    refuse("the options after the ? may be tls, ca, cert, key, server-public-key and socket");
  }
}

void read_options(std::string_view text, mysql_address& into) {
  while (!text.empty()) {
    std::string_view option = text;
    text = cut_after(option, '&').value_or(std::string_view());
    read_option(option, into);
  }
}

void read_database(std::string_view text, mysql_address& into) {
  if (text.find('@') != std::string_view::npos || text.find('/') != std::string_view::npos)
    refuse("a / or @ in the password must be written %2F or %40");
  into.database = decoded(text, "database");
  if (into.database.empty() || into.database.size() > 64) refuse("the database's name is missing or too long");
}

void check_together(const mysql_address& a) {
  if (a.host.empty() && a.socket.empty()) refuse("the host is missing");
  if (a.tls == tls_mode::off && !(a.ca + a.cert + a.key).empty()) refuse("ca, cert and key have no use with tls=off");
  if (a.cert.empty() != a.key.empty()) refuse("cert and key go together");
}

}  // namespace

mysql_address parse_mysql_address(std::string_view url) {
  constexpr std::string_view scheme = "mysql://";
  if (!url.starts_with(scheme)) refuse("it must begin with mysql://");
  url.remove_prefix(scheme.size());
  mysql_address a;
  const auto path = cut_after(url, '/');
  if (!path) refuse("the database's name is missing");
  std::string_view database = *path;
  const auto options = cut_after(database, '?');
  const auto at = url.rfind('@');
  if (at == std::string_view::npos) refuse("the user is missing; a / in the password must be written %2F");
  read_user(url.substr(0, at), a);
  read_host(url.substr(at + 1), a);
  read_database(database, a);
  read_options(options.value_or(std::string_view()), a);
  check_together(a);
  return a;
}

std::string to_string(const mysql_address& of) {
  const bool v6 = of.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + of.host + "]" : of.host;
  const std::string where = of.socket.empty() ? host + ":" + std::to_string(of.port) : of.socket;
  return of.user + "@" + where + "/" + of.database;
}

}  // namespace firstcome::sql
