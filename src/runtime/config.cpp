#include "runtime/config.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "runtime/nearest_word.hpp"

namespace firstcome::runtime {
namespace {

std::string environment_name(std::string_view name) {
  std::string result = "FIRSTCOME_";
  for (char c : name) result += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

/// Long or binary text would hide the sentence that it stands in.
std::string shown(const std::string& text) {
  constexpr std::size_t shown_max = 80;
  std::string result;
  for (char c : text.substr(0, shown_max)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return "\"" + result + (text.size() > shown_max ? "…\"" : "\"");
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): at start there is one thread
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

void config::add(std::string name, std::string description, value_kind kind, std::string environment) {
  if (environment.empty()) environment = environment_name(name);
  settings_.push_back({.name = std::move(name),
                       .environment = std::move(environment),
                       .group = group_,
                       .description = std::move(description),
                       .kind = std::move(kind)});
}

void config::resolve(const given_flags& flags, const environment_lookup& environment, const config_file& file) {
  refuse_unknown_keys(file);
  for (setting& s : settings_) {
    if (auto flag = flags.find(s.name); flag != flags.end()) {
      take(s, flag->second, std::string(from_command_line));
      if (s.kind.secret)
        warnings_.push_back(s.flag() +
                            " stood on the command line, where other users could read it until now; give it as " +
                            s.environment + " or in the file of --config");
    } else if (auto variable = environment(s.environment)) {
      take(s, *variable, "the environment, " + s.environment);
    } else if (const config_value* value = file.find(table_, s.name)) {
      take(s, value->text, file.where(value->line));
    }
  }
}

const std::string& config::origin_of(std::string_view name) const {
  const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const setting& s) { return s.name == name; });
  if (found == settings_.end()) throw std::logic_error("there is no setting " + std::string(name));
  return found->origin;
}

void config::refuse_unknown_keys(const config_file& file) const {
  for (const auto& entry : file.keys(table_)) {
    const std::string& key = entry.first;
    if (std::any_of(settings_.begin(), settings_.end(), [&](const setting& s) { return s.name == key; })) continue;
    std::string all;
    std::vector<std::string> names;
    for (const setting& s : settings_) {
      all += (all.empty() ? "" : ", ") + s.name;
      names.push_back(s.name);
    }
    const std::optional<std::string> meant = nearest_word(key, names);
    throw wrong_usage(file.where(entry.second.line) + ": [" + table_ + "] has no setting " + shown(key) +
                      (meant ? "; did you mean " + *meant + "?" : "") + "; it may have: " + all);
  }
}

void config::take(setting& s, const std::string& text, const std::string& origin) {
  s.origin = origin;
  if (s.kind.take(text)) return;
  const std::string was = s.kind.secret ? "is not usable (its value is not shown)" : "cannot be " + shown(text);
  throw wrong_usage(s.flag() + " (from " + origin + ") " + was + ": it may be " + s.kind.may_be);
}

}  // namespace firstcome::runtime
