#pragma once

// A port for a server that cannot tell which one it chose.

#include <cstdint>

namespace firstcome::lab {

/// A port of 127.0.0.1 that nobody listens on. It lies below the range from which the kernel takes ports for outgoing
/// connections: a server that is killed and started again finds its port free, and a client that keeps trying to reach
/// it never connects to itself. Somebody else may still take it first: start again with another one then.
std::uint16_t free_port();

}  // namespace firstcome::lab
