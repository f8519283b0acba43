#include "faults/other_versions.hpp"

#include <cstdlib>
#include <regex>

namespace firstcome::faults {
namespace {

using testing::server_of_release;
using version = std::array<int, 3>;

/// From there on Redis and Valkey write files that the other one does not read.
constexpr version parted{7, 4, 0};

std::filesystem::path folder() {
  const char* const named = std::getenv(other_versions::variable);
  return named != nullptr ? named : FIRSTCOME_SOURCE_DIR "/build/debian/13";
}

version numbers_in(const std::string& text) {
  static const std::regex three(R"((\d+)\.(\d+)\.(\d+))");
  std::smatch found;
  if (!std::regex_search(text, found, three)) return {};
  return {std::stoi(found[1]), std::stoi(found[2]), std::stoi(found[3])};
}

version version_in(const std::string& info, const std::string& field) {
  const auto at = info.find(field + ":");
  return at == std::string::npos ? version{} : numbers_in(info.substr(at, 40));
}

/// No server reads what a newer one has written.
bool takes_over(const server_of_release& other, const version& redis, const version& valkey) {
  const bool kin = other.name == "valkey-server";
  if (valkey != version{}) return kin && other.version > valkey;
  return kin ? redis < parted : other.version > redis;
}

std::string remark(const std::string& here, const std::vector<server_of_release>& others, const std::string& packages) {
  std::string text = here + " is ";
  if (others.empty())
    return text + "not replaced by another version in this run: no newer one is in " + folder().string() + " (" +
           packages + "; docs/faults.md)";
  text += "replaced by ";
  for (const server_of_release& other : others)
    text += (&other == &others.front() ? "" : " or ") + other.name + " " + testing::to_text(other.version);
  return text;
}

}  // namespace

other_versions::other_versions(testing::redis_server& redis, testing::mariadb_server& mariadb) {
  const std::string info = redis.ask({"INFO", "server"});
  const version valkey = version_in(info, "valkey_version"), here = version_in(info, "redis_version");
  redis_here_ = (valkey == version{} ? "Redis " : "Valkey ") + testing::to_text(valkey == version{} ? here : valkey);
  redis_ = testing::redis_servers_of(folder());
  std::erase_if(redis_, [&](const server_of_release& other) { return !takes_over(other, here, valkey); });
  const version database = numbers_in(mariadb.value("SELECT VERSION()"));
  mariadb_here_ = "MariaDB " + testing::to_text(database);
  mariadb_ = testing::mariadb_servers_of(folder());
  std::erase_if(mariadb_, [&](const server_of_release& other) { return other.version <= database; });
}

std::vector<std::string> other_versions::remarks(bool mariadb_matters) const {
  std::vector<std::string> all = {remark(redis_here_, redis_, "packages redis-server, valkey-server")};
  if (mariadb_matters) all.push_back(remark(mariadb_here_, mariadb_, "package mariadb-server"));
  return all;
}

}  // namespace firstcome::faults
