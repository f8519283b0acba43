#pragma once

// Servers of another release of Debian, run under this one with the libraries that they came with: from the folder of a
// chroot, as `./dev debian 13` makes one. Thread safety: any thread.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace firstcome::testing {

struct server_of_release {
  std::vector<std::string> command = {};    // the program, and what it is started by
  std::vector<std::string> arguments = {};  // where it finds what came with it
  std::string name = {};                    // mariadbd
  std::array<int, 3> version = {};
};

/// "8.0.2"
std::string to_text(const std::array<int, 3>& version);
/// The first three numbers with points between them that `COMMAND --version` says. Throws when there are none.
std::array<int, 3> version_of(std::vector<std::string> command);

/// Nobody is there: an empty list. `root` is the chroot's folder.
std::vector<server_of_release> redis_servers_of(const std::filesystem::path& root);
std::vector<server_of_release> mariadb_servers_of(const std::filesystem::path& root);

}  // namespace firstcome::testing
