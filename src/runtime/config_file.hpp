#pragma once

// The TOML file of --config: one table for each sub-command, whose keys are the long flags without their dashes.
//
//   [serve]
//   listen = "0.0.0.0:8080"
//   trust-user-ids = true
//
// One file may serve several sub-commands; each reads its own table. Anything else in the file is refused with its
// line, so that a misspelt setting is never silently ignored.

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace firstcome::runtime {

struct config_value {
  std::string text;  // as it would have stood on the command line
  int line = 0;
};

class config_file {
 public:
  using table = std::map<std::string, config_value, std::less<>>;

  /// No file: every lookup finds nothing.
  config_file() = default;
  /// Throws `wrong_usage` when the file cannot be read, is not TOML, or holds a table that is not in `tables_known`.
  static config_file read(const std::filesystem::path& path, std::span<const std::string> tables_known);
  /// The same for a text; `name` stands for the file in messages.
  static config_file parse(std::string_view text, std::string name, std::span<const std::string> tables_known);

  const config_value* find(std::string_view table, std::string_view key) const;
  /// Every key of the table; empty when the file has no such table.
  const table& keys(std::string_view table) const;
  /// "file.toml, line 3"
  std::string where(int line) const { return name_ + ", line " + std::to_string(line); }

 private:
  std::string name_;
  std::map<std::string, table, std::less<>> tables_;
};

}  // namespace firstcome::runtime
