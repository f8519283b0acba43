#include "cli/command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

#include "cli/misspelt_environment.hpp"

namespace firstcome::cli {
namespace {

std::string help_of(const runtime::setting& s) {
  const std::string shown_default = s.kind.default_text.empty() ? "" : "default " + s.kind.default_text + ", ";
  return s.description + "\n[" + shown_default + s.environment + "]";
}

CLI::Option* add_flag_for(CLI::App& app, const runtime::setting& s, std::string& text) {
  CLI::Option* option = s.kind.placeholder.empty() ? app.add_flag(s.flag())->description(help_of(s))
                                                   : app.add_option(s.flag(), text, help_of(s));
  if (!s.kind.placeholder.empty()) option->option_text(s.kind.placeholder);
  if (!s.group.empty()) option->group(s.group);
  if (s.kind.repeatable) option->join('\n');
  return option;
}

/// As the help shows options, a line each.
std::string named_settings(const runtime::config& settings, const std::string& of) {
  constexpr std::size_t column_width = 34;
  std::string text = "Settings of " + of + ", which may stand here too (its --help tells more):\n";
  for (const runtime::setting& s : settings.settings()) {
    std::string names = "  " + s.flag() + (s.kind.placeholder.empty() ? "" : " " + s.kind.placeholder);
    names.append(std::max(column_width, names.size() + 2) - names.size(), ' ');
    text += names + "[" + s.environment + "]\n";
  }
  return text;
}

std::string lines_of(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += (lines.empty() ? "" : "\n") + text;
  return lines;
}

}  // namespace

command_option command_option::shown_as(const std::string& placeholder) const {
  option_->option_text(placeholder);
  return *this;
}

command_option command_option::required(bool is) const {
  option_->required(is);
  return *this;
}

command_option command_option::within(std::int64_t least, std::int64_t most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

command_option command_option::positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

command_option command_option::one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

command_option command_option::with_default() const {
  option_->capture_default_str();
  return *this;
}

command_option command_option::separated_by(char separator) const {
  option_->delimiter(separator);
  return *this;
}

command_option command_option::or_environment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

void command::footer(const std::string& text) const {
  app_->footer(text);
}

command command::subcommand(const std::string& name, const std::string& description) const {
  CLI::App* app = app_->add_subcommand(name, description);
  app->fallthrough();
  return command(*app);
}

void command::needs_subcommand() const {
  app_->require_subcommand(1);
}

command_option command::add_flag(const std::string& name, bool& into, const std::string& description) const {
  return command_option(*app_->add_flag(name, into, description));
}

template <class T>
command_option command::add_option(const std::string& name, T& into, const std::string& description) const {
  return command_option(*app_->add_option(name, into, description));
}

template command_option command::add_option(const std::string&, std::string&, const std::string&) const;
template command_option command::add_option(const std::string&, int&, const std::string&) const;
template command_option command::add_option(const std::string&, std::int64_t&, const std::string&) const;
template command_option command::add_option(const std::string&, std::uint64_t&, const std::string&) const;
template command_option command::add_option(const std::string&, double&, const std::string&) const;
template command_option command::add_option(const std::string&, std::vector<int>&, const std::string&) const;
template command_option command::add_option(const std::string&, std::optional<double>&, const std::string&) const;
template command_option command::add_option(const std::string&, std::optional<std::int32_t>&, const std::string&) const;
template command_option command::add_option(const std::string&, std::optional<std::uint32_t>&,
                                            const std::string&) const;
template command_option command::add_option(const std::string&, std::optional<std::size_t>&, const std::string&) const;

command program::add(const std::string& name, const std::string& description) {
  return command(*root_.add_subcommand(name, description));
}

runtime::config& program::settings_of(command to, const std::function<void(runtime::config&)>& describe) {
  CLI::App& app = to.app();
  bound_settings& bound = settings_.emplace_back(bound_settings{&app, runtime::config(app.get_name()), {}, {}});
  describe(bound.settings);
  for (const runtime::setting& s : bound.settings.settings()) add_flag_for(app, s, bound.texts.emplace_back());
  app.add_option("--config", bound.file,
                 "a TOML file; its table [" + app.get_name() + "] holds settings, named as the flags without --")
      ->option_text("FILE")
      ->group("Where settings come from: the flag, else the environment, else the file, else the default");
  return bound.settings;
}

void program::on(command chosen, std::function<int()> work) {
  work_.emplace_back(&chosen.app(), std::move(work));
}

void program::tell_settings_below() const {
  for (const bound_settings& bound : settings_)
    for (CLI::App* below : bound.app->get_subcommands([](CLI::App*) { return true; })) {
      const std::string path = root_.get_name() + " " + bound.app->get_name();
      below->footer(named_settings(bound.settings, path) + "\n" + below->get_footer());
    }
}

std::vector<std::string> program::secret_flags() const {
  std::vector<std::string> flags;
  for (const auto& bound : settings_)
    for (const auto& s : bound.settings.settings())
      if (s.kind.secret) flags.push_back(s.flag());
  return flags;
}

int program::run() {
  for (auto& bound : settings_)
    if (bound.app->parsed()) {
      resolve(bound);
      for (std::string& warning : misspelt_in(process_environment_names(), environment_names()))
        bound.settings.warn(std::move(warning));
    }
  for (const runtime::config* settings : spoken_)
    for (const std::string& warning : settings->warnings()) std::cerr << "firstcome: warning: " << warning << "\n";
  for (auto& [app, work] : work_)
    if (app->parsed()) return work();
  throw runtime::wrong_usage("no sub-command was given");
}

void program::resolve(bound_settings& bound) const {
  runtime::given_flags given;
  for (const auto& s : bound.settings.settings()) {
    const CLI::Option* option = bound.app->get_option(s.flag());
    if (option->count() > 0) given[s.name] = s.kind.repeatable ? lines_of(option->results()) : option->results().back();
  }
  runtime::config_file file;
  const auto tables = table_names();
  if (!bound.file.empty()) file = runtime::config_file::read(bound.file, tables);
  bound.settings.resolve(given, runtime::process_environment, file);
}

std::vector<std::string> program::environment_names() const {
  std::vector<std::string> names;
  for (const auto& bound : settings_)
    for (const auto& s : bound.settings.settings()) names.push_back(s.environment);
  return names;
}

std::vector<std::string> program::table_names() const {
  std::vector<std::string> names;
  for (const auto& bound : settings_) names.push_back(bound.settings.table());
  return names;
}

}  // namespace firstcome::cli
