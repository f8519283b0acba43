#pragma once

// Where a crowd goes: a host and a port, as a URL and as the kernel wants them. Pure but for the name's resolution.

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace firstcome::load {

struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// Takes `http://host[:port]`, a path after it is ignored. Throws std::invalid_argument.
endpoint parse_url(std::string_view url);

struct address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// Throws std::runtime_error when the host has no address.
address resolve(const endpoint& target);

}  // namespace firstcome::load
