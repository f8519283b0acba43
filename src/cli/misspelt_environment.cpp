#include "cli/misspelt_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "runtime/nearest_word.hpp"

namespace firstcome::cli {
namespace {

constexpr std::string_view prefix = "FIRSTCOME_";

// Read by other programs of ours: ./dev, the tests, Locust's files.
constexpr const char* read_elsewhere[] = {"FIRSTCOME_LAB", "FIRSTCOME_NO_INSTALL", "FIRSTCOME_OUTPUT_DIR"};

bool is_read_elsewhere(std::string_view name) {
  return name.starts_with("FIRSTCOME_TEST_") || name.starts_with("FIRSTCOME_LOAD_") ||
         std::ranges::find(read_elsewhere, name) != std::end(read_elsewhere);
}

}  // namespace

std::vector<std::string> process_environment_names() {
  std::vector<std::string> names;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view pair = *each;
    names.emplace_back(pair.substr(0, pair.find('=')));
  }
  return names;
}

std::vector<std::string> misspelt_in(std::span<const std::string> present, std::span<const std::string> known) {
  std::vector<std::string> ends;  // what distinguishes them
  for (const std::string& each : known)
    if (each.starts_with(prefix)) ends.push_back(each.substr(prefix.size()));
  std::vector<std::string> sentences;
  for (const std::string& name : present) {
    if (!name.starts_with(prefix) || is_read_elsewhere(name)) continue;
    if (std::ranges::find(known, name) != known.end()) continue;
    // A service's own variables are made of a name and PORT, HOST and so on: no beginning of one of ours is meant.
    const std::string end = name.substr(prefix.size());
    if (end == "PORT" || end.starts_with("PORT_") || end.starts_with("SERVICE_")) continue;
    if (const auto meant = runtime::nearest_word(end, ends))
      sentences.push_back(name + " in the environment is no setting, and is not used; did you mean " +
                          std::string(prefix) + *meant + "?");
  }
  return sentences;
}

}  // namespace firstcome::cli
