#pragma once

// Tells scripts and tests where a node listens that was started with port 0.

#include <filesystem>

#include "cli/listen_address.hpp"

namespace firstcome::cli {

/// Writes `ADDRESS:PORT` and a newline. The file appears whole, by a rename: who sees it may connect. An address that
/// means every address is written as this machine's own. Throws std::runtime_error.
void write_port_file(const std::filesystem::path& file, const endpoint& listening_at);

}  // namespace firstcome::cli
