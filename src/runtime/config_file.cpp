#include "runtime/config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "runtime/config.hpp"

namespace firstcome::runtime {
namespace {

int line_of(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

std::string text_of(const toml::node& node, const std::string& where, std::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* list = node.as_array(); list != nullptr && list->is_homogeneous(toml::node_type::string)) {
    std::string lines;  // as a repeated flag comes
    for (const auto& one : *list) lines += (lines.empty() ? "" : "\n") + one.as_string()->get();
    return lines;
  }
  throw wrong_usage(where + ": " + std::string(key) + " may be a text, a whole number, true or false");
}

toml::table parse_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    throw wrong_usage(name + ", line " + std::to_string(e.source().begin.line) +
                      ": not TOML: " + std::string(e.description()));
  }
}

}  // namespace

config_file config_file::read(const std::filesystem::path& path, std::span<const std::string> tables_known) {
  std::ifstream in(path);
  if (!in || std::filesystem::is_directory(path))
    throw wrong_usage("--config cannot be " + path.string() + ": it may be a TOML file that can be read");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parse(text, path.string(), tables_known);
}

config_file config_file::parse(std::string_view text, std::string name, std::span<const std::string> tables_known) {
  config_file result;
  result.name_ = std::move(name);
  for (auto&& [key, node] : parse_toml(text, result.name_)) {
    const std::string table_name{key.str()};
    const toml::table* table = node.as_table();
    if (table == nullptr || std::find(tables_known.begin(), tables_known.end(), table_name) == tables_known.end()) {
      std::string known;
      for (const auto& t : tables_known) known += " [" + t + "]";
      throw wrong_usage(result.where(line_of(node)) + ": \"" + table_name + "\" is not a table of ours:" + known);
    }
    auto& values = result.tables_[table_name];
    for (auto&& [setting, value] : *table)
      values[std::string(setting.str())] = {text_of(value, result.where(line_of(value)), setting.str()),
                                            line_of(value)};
  }
  return result;
}

const config_value* config_file::find(std::string_view table, std::string_view key) const {
  const auto& values = keys(table);
  auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

const config_file::table& config_file::keys(std::string_view table) const {
  static const config_file::table none;
  auto found = tables_.find(table);
  return found == tables_.end() ? none : found->second;
}

}  // namespace firstcome::runtime
