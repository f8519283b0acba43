#include "cli/usage_error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/nearest_word.hpp"

namespace firstcome::cli {
namespace {

using words = std::vector<std::string>;

/// What other programs call it, and what it is here. Offered only where the second one exists.
constexpr std::array other_names{
    std::pair{"--port", "--listen"}, std::pair{"--host", "--listen"},   std::pair{"--bind", "--listen"},
    std::pair{"--db", "--database"}, std::pair{"--data", "--data-dir"}, std::pair{"run", "serve"},
    std::pair{"start", "serve"},     std::pair{"get", "show"},          std::pair{"ls", "list"},
    std::pair{"add", "create"},      std::pair{"new", "create"},        std::pair{"edit", "update"},
    std::pair{"change", "update"},   std::pair{"export", "issues"},     std::pair{"winners", "issues"},
};

/// The sub-commands that stood on the command line, after the program itself.
std::vector<const CLI::App*> chosen_in(const CLI::App& root) {
  std::vector<const CLI::App*> path{&root};
  while (!path.back()->get_subcommands().empty()) path.push_back(path.back()->get_subcommands().front());
  return path;
}

std::string path_of(const std::vector<const CLI::App*>& chosen) {
  std::string path;
  for (const CLI::App* app : chosen) path += (path.empty() ? "" : " ") + app->get_name();
  return path;
}

words subcommands_of(const CLI::App& app) {
  words names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(each->get_name());
  return names;
}

words flags_of(const std::vector<const CLI::App*>& chosen) {
  words flags;
  for (auto app = chosen.rbegin(); app != chosen.rend(); ++app)
    for (const CLI::Option* option : (*app)->get_options([](const CLI::Option*) { return true; }))
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

std::string meant_by(const std::string& typed, words known) {
  const words real = known;
  for (const auto& [theirs, ours] : other_names)
    if (std::find(real.begin(), real.end(), ours) != real.end()) known.emplace_back(theirs);
  std::string meant = runtime::nearest_word(typed, known).value_or("");
  if (std::find(real.begin(), real.end(), meant) != real.end()) return meant;
  for (const auto& [theirs, ours] : other_names)
    if (meant == theirs) return ours;
  return "";
}

std::string listed(const words& all) {
  std::string text;
  for (const std::string& each : all) text += (text.empty() ? "" : ", ") + each;
  return text;
}

std::string did_you_mean(const std::string& word) {
  return "; did you mean " + word + "?";
}

std::string sentence_on_flag(const std::string& typed, const std::vector<const CLI::App*>& chosen) {
  const std::string flag = typed.substr(0, typed.find('='));
  const words known = flags_of(chosen);
  const std::string path = path_of(chosen);
  if (std::find(known.begin(), known.end(), flag) != known.end())
    return flag + " stands in the wrong place: it may stand behind `" + path + "`";
  const std::string sentence = path + " has no flag " + flag;
  const std::string meant = meant_by(flag, known);
  return meant.empty() ? sentence : sentence + did_you_mean(meant);
}

std::string sentence_on_subcommand(const std::string& typed, const std::vector<const CLI::App*>& chosen) {
  const words known = subcommands_of(*chosen.back());
  const std::string sentence = path_of(chosen) + " has no sub-command " + typed;
  if (const std::string meant = meant_by(typed, known); !meant.empty()) return sentence + did_you_mean(meant);
  return sentence + "; there are " + listed(known);
}

/// Nothing when everything on the command line was known, and something else is wrong.
std::string sentence_on_unknown(const CLI::App& root) {
  const words unknown = root.remaining(true);
  if (unknown.empty()) return "";
  const std::vector<const CLI::App*> chosen = chosen_in(root);
  const bool wants_subcommand = !subcommands_of(*chosen.back()).empty();
  // What follows an unknown flag may be its value.
  if (wants_subcommand && !unknown.front().starts_with('-')) return sentence_on_subcommand(unknown.front(), chosen);
  const auto flag =
      std::find_if(unknown.begin(), unknown.end(), [](const auto& each) { return each.starts_with('-'); });
  if (flag != unknown.end()) return sentence_on_flag(*flag, chosen);
  return path_of(chosen) + " does not take \"" + unknown.front() + "\"";
}

}  // namespace

std::string usage_error(const CLI::App& root, const CLI::Error& error) {
  std::string sentence = sentence_on_unknown(root);
  const std::vector<const CLI::App*> chosen = chosen_in(root);
  const words subcommands = subcommands_of(*chosen.back());
  if (sentence.empty() && error.get_name() == "RequiredError" && !subcommands.empty())
    sentence = path_of(chosen) + " needs a sub-command; there are " + listed(subcommands);
  if (sentence.empty()) sentence = root.get_name() + ": " + error.what();
  return sentence + "\nTry: " + path_of(chosen) + " --help\n";
}

}  // namespace firstcome::cli
