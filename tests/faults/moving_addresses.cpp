#include "faults/moving_addresses.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace firstcome::faults {
namespace {

constexpr int hosts = 250;  // of each 127.0.n.0, beginning with 2

}  // namespace

std::map<std::string, std::string> moving_addresses::environment() const {
  return {{"FIRSTCOME_TEST_NAMES", folder_.path() / "names"}, {"LD_PRELOAD", FIRSTCOME_NAMES_SHIM}};
}

std::string moving_addresses::move() {
  const std::string address = "127.0." + std::to_string(moves_ / hosts) + "." + std::to_string(2 + moves_ % hosts);
  ++moves_;
  write(address);
  return address;
}

/// Whole at every instant, for who reads it meanwhile.
void moving_addresses::write(const std::string& address) const {
  const std::filesystem::path draft = folder_.path() / "draft";
  std::ofstream out(draft);
  for (const char* name : {redis, mariadb}) out << name << " " << address << "\n";
  out.close();
  if (!out) throw std::runtime_error("the names of the stores cannot be written to " + draft.string());
  std::filesystem::rename(draft, folder_.path() / "names");
}

}  // namespace firstcome::faults
