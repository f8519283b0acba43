#pragma once

// The usual kinds of setting. Each writes into a variable that must outlive the `config`, and takes what stands in the
// variable now as the default that the help shows.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config.hpp"
#include "runtime/secret.hpp"

namespace firstcome::runtime {

/// Digits and nothing else, within the bounds.
std::optional<std::int64_t> read_whole_number(const std::string& text, std::int64_t min, std::int64_t max);

value_kind whole_number(int& into, int min, int max);
value_kind milliseconds(std::chrono::milliseconds& into, std::int64_t min_ms, std::int64_t max_ms);
value_kind text(std::string& into, std::string placeholder);
/// The flag may be repeated; in the environment with spaces between, in the file a list of texts.
value_kind text_list(std::vector<std::string>& into, std::string placeholder);
value_kind path(std::filesystem::path& into, std::string placeholder);
/// A flag without a value; in the environment and the file `true` or `false`.
value_kind on_off(bool& into);
/// Visible ASCII characters only, since it has to travel in a header.
value_kind secret_text(secret& into);

template <class E>
value_kind choice(E& into, std::vector<std::pair<std::string, E>> names) {
  value_kind kind;
  for (const auto& [name, value] : names) {
    kind.may_be += (kind.may_be.empty() ? "" : ", ") + name;
    kind.placeholder += (kind.placeholder.empty() ? "" : "|") + name;
    if (value == into) kind.default_text = name;
  }
  kind.take = [&into, names = std::move(names)](const std::string& text) {
    for (const auto& [name, value] : names) {
      if (name != text) continue;
      into = value;
      return true;
    }
    return false;
  };
  return kind;
}

}  // namespace firstcome::runtime
