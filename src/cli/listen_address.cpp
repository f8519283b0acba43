#include "cli/listen_address.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>

#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> parse_host(const std::string& host) {
  if (host.empty()) return ip::address_v6::any();
  boost::system::error_code error;
  if (host.front() == '[' && host.back() == ']') {
    ip::address_v6 v6 = ip::make_address_v6(host.substr(1, host.size() - 2), error);
    return error ? std::nullopt : std::optional<ip::address>(v6);
  }
  if (host == "localhost") return ip::address_v4::loopback();
  ip::address_v4 v4 = ip::make_address_v4(host, error);
  return error ? std::nullopt : std::optional<ip::address>(v4);
}

}  // namespace

std::optional<endpoint> parse_listen_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string port_text = text.substr(colon + 1);
  if (!std::all_of(port_text.begin(), port_text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const auto port = runtime::read_whole_number(port_text, 0, 65535);
  const auto host = parse_host(text.substr(0, colon));
  if (!port || !host) return std::nullopt;
  return endpoint{*host, static_cast<unsigned short>(*port)};
}

std::string to_string(const endpoint& at) {
  const std::string host = at.address().to_string();
  return (at.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(at.port());
}

endpoint usable_here(const endpoint& at) {
  if (!at.address().is_v6() || !at.address().is_unspecified()) return at;
  boost::asio::io_context loop;
  boost::system::error_code error;
  ip::tcp::socket probe(loop);
  probe.open(ip::tcp::v6(), error);
  if (!error) return at;
  return {ip::address_v4::any(), at.port()};
}

runtime::value_kind listen_kind(endpoint& into) {
  auto take = [&into](const std::string& text) {
    auto parsed = parse_listen_address(text);
    if (parsed) into = *parsed;
    return parsed.has_value();
  };
  return {take, "IPV4:PORT, [IPV6]:PORT, or :PORT for every address, with a port from 0 to 65535", to_string(into),
          "ADDRESS:PORT"};
}

}  // namespace firstcome::cli
