#include "redis/address.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace firstcome::redis {
namespace {

struct scheme {
  std::string_view prefix;
  bool cluster;
  bool tls;
};

constexpr std::array schemes{
    scheme{"redis://", false, false},
    scheme{"rediss://", false, true},
    scheme{"redis+cluster://", true, false},
    scheme{"rediss+cluster://", true, true},
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("the Redis URL " + why);
}

template <class Number>
std::optional<Number> number_of(std::string_view digits, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return value;
}

/// `text` is user or password: never quoted.
std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    const auto byte = number_of<unsigned>(text.substr(at + 1, 2), 16);
    if (!byte || at + 2 >= text.size()) refuse("has a % in user or password that no two hexadecimal digits follow");
    plain += static_cast<char>(*byte);
    at += 2;
  }
  return plain;
}

void take_login(address& into, std::string_view login) {
  const std::size_t colon = std::min(login.find(':'), login.size());
  into.user = percent_decoded(login.substr(0, colon));
  into.password = runtime::secret(percent_decoded(login.substr(std::min(colon + 1, login.size()))));
}

node_address node_of(std::string_view text) {
  node_address node;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) refuse("has a [ without a ]");
    node.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    node.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (node.host.empty()) refuse("names no host");
  if (port.empty()) return node;
  const auto number = number_of<std::uint16_t>(port.substr(1));
  if (!port.starts_with(':') || !number || *number == 0)
    refuse("has the port '" + std::string(port.substr(1)) + "', which is not one of 1 to 65535");
  node.port = *number;
  return node;
}

void take_nodes(address& into, std::string_view list) {
  for (;;) {
    const std::size_t comma = list.find(',');
    into.nodes.push_back(node_of(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

void take_database(address& into, std::string_view text) {
  if (text.empty()) return;
  const auto number = number_of<int>(text);
  if (!number || *number < 0) refuse("ends in '" + std::string(text) + "', which is not the number of a database");
  if (into.cluster && *number != 0) refuse("names a database; a Redis Cluster has only 0");
  into.database = *number;
}

const scheme& scheme_of(std::string_view url) {
  for (const scheme& each : schemes)
    if (url.starts_with(each.prefix)) return each;
  refuse("must begin with redis://, rediss://, redis+cluster:// or rediss+cluster://");
}

}  // namespace

address parse_address(std::string_view url) {
  const scheme& how = scheme_of(url);
  address parsed{.cluster = how.cluster, .tls = how.tls};
#if !defined(FIRSTCOME_REDIS_TLS)
  if (how.tls)
    refuse("asks for TLS, which needs hiredis 1.0 or newer; this program was built with hiredis " +
           std::to_string(HIREDIS_MAJOR) + "." + std::to_string(HIREDIS_MINOR) +
           ". Use redis:// over a private network or a TLS tunnel");
#endif
  url.remove_prefix(how.prefix.size());
  // The last @: what stands before it is the login, whatever characters the password has.
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) {
    take_login(parsed, url.substr(0, at));
    url.remove_prefix(at + 1);
  }
  const std::size_t slash = std::min(url.find('/'), url.size());
  take_nodes(parsed, url.substr(0, slash));
  take_database(parsed, url.substr(std::min(slash + 1, url.size())));
  return parsed;
}

std::string to_string(const node_address& of) {
  const bool bare_v6 = of.host.find(':') != std::string::npos;
  return (bare_v6 ? "[" + of.host + "]" : of.host) + ":" + std::to_string(of.port);
}

std::string to_string(const address& of) {
  std::string text;
  for (const scheme& each : schemes)
    if (each.cluster == of.cluster && each.tls == of.tls) text = each.prefix;
  if (!of.user.empty()) text += of.user + "@";
  for (const node_address& node : of.nodes) text += to_string(node) + (&node == &of.nodes.back() ? "" : ",");
  return of.database == 0 ? text : text + "/" + std::to_string(of.database);
}

}  // namespace firstcome::redis
