#include "cli/ledger_choice.hpp"

#include <algorithm>

namespace firstcome::cli {

bool folder_is_meant(const runtime::config& settings) {
  const auto is_store = [](const runtime::setting& s) { return s.name == "database" || s.name == "redis"; };
  const auto is_named = [&](const runtime::setting& s) { return is_store(s) && !s.origin.empty(); };
  const auto store = std::ranges::find_if(settings.settings(), is_named);
  if (store == settings.settings().end()) return true;
  const std::string_view folder = settings.origin_of("data-dir");
  if (folder != runtime::from_command_line) return false;
  const auto flag = std::ranges::find_if(settings.settings(), [&](const runtime::setting& s) {
    return is_store(s) && s.origin == runtime::from_command_line;
  });
  if (flag != settings.settings().end())
    throw runtime::wrong_usage("--data-dir and " + flag->flag() + " name two ledgers: give one of them");
  return true;
}

}  // namespace firstcome::cli
