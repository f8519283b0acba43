#pragma once

// Where a node listens: `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for every address of the machine. Numbers only: a
// name would have to be looked up, and may stand for several addresses.

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

#include "runtime/config.hpp"

namespace firstcome::cli {

using endpoint = boost::asio::ip::tcp::endpoint;

/// `:PORT` answers `[::]:PORT`, which takes IPv4 too where the machine has IPv6 (see `usable_here`).
std::optional<endpoint> parse_listen_address(const std::string& text);
/// As it stands in a URL: 127.0.0.1:8080, [::1]:8080
std::string to_string(const endpoint& at);

/// The same endpoint, but 0.0.0.0 instead of [::] on a machine without IPv6.
endpoint usable_here(const endpoint& at);

runtime::value_kind listen_kind(endpoint& into);

}  // namespace firstcome::cli
