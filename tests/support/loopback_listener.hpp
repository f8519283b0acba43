#pragma once

// A socket that listens on a port of 127.0.0.1 that the kernel chose: for servers that a test plays itself.

#include <cstdint>

namespace firstcome::testing {

struct loopback_listener {
  int fd;  // the caller's to close
  std::uint16_t port;
};

/// Throws std::system_error.
loopback_listener listen_on_loopback(int backlog = 64);

}  // namespace firstcome::testing
