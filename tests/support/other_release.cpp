#include "support/other_release.hpp"

#include <regex>
#include <stdexcept>

#include "support/child_process.hpp"

namespace firstcome::testing {
namespace {

namespace fs = std::filesystem;

/// The release's folder of libraries, and the loader in it: both are named after the machine.
struct libraries {
  fs::path folder = {};
  fs::path loader = {};
};

libraries libraries_of(const fs::path& root) {
  std::error_code absent;
  for (const auto& folder : fs::directory_iterator(root / "usr/lib", absent)) {
    if (!folder.path().filename().string().ends_with("-linux-gnu")) continue;
    for (const auto& file : fs::directory_iterator(folder.path()))
      if (file.path().filename().string().starts_with("ld-linux-")) return {folder.path(), file.path()};
  }
  return {};
}

std::vector<server_of_release> server_at(const fs::path& root, const char* path,
                                         const std::vector<std::string>& arguments) {
  const libraries with = libraries_of(root);
  if (with.loader.empty() || !fs::exists(root / path)) return {};
  server_of_release found{.name = fs::path(path).filename()};
  found.command = {with.loader, "--library-path", with.folder, root / path};
  found.arguments = arguments;
  found.version = version_of(found.command);
  return {found};
}

}  // namespace

std::string to_text(const std::array<int, 3>& version) {
  return std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
}

std::array<int, 3> version_of(std::vector<std::string> command) {
  command.emplace_back("--version");
  const std::string said = run_to_end({.arguments = command}).out;
  static const std::regex three_numbers(R"((\d+)\.(\d+)\.(\d+))");
  std::smatch found;
  if (!std::regex_search(said, found, three_numbers)) throw std::runtime_error(command.at(0) + " has no version");
  return {std::stoi(found[1]), std::stoi(found[2]), std::stoi(found[3])};
}

std::vector<server_of_release> redis_servers_of(const fs::path& root) {
  std::vector<server_of_release> all = server_at(root, "usr/bin/redis-server", {});
  const std::vector<server_of_release> kin = server_at(root, "usr/bin/valkey-server", {});
  all.insert(all.end(), kin.begin(), kin.end());
  return all;
}

std::vector<server_of_release> mariadb_servers_of(const fs::path& root) {
  const fs::path share = root / "usr/share/mariadb";
  return server_at(root, "usr/sbin/mariadbd",
                   {"--lc-messages-dir=" + share.string(), "--character-sets-dir=" + (share / "charsets").string(),
                    "--plugin-dir=" + (root / "usr/lib/mysql/plugin").string()});
}

}  // namespace firstcome::testing
