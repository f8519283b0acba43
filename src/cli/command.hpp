#pragma once

// What a sub-command is made of. Each stands in a file of its own, which offers one `add_…` function; the list of them
// is in firstcome.cpp. To add one: write src/cli/<name>.cpp, declare its `add_…` below, name it in the list.
//
// CLI11 reads the command line. Only what src/CMakeLists.txt calls firstcome_command_line sees it: it takes seconds to
// compile.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace firstcome::cli {

/// A flag, or a value that stands by itself, of a command: what else is to be said about it.
class command_option {
 public:
  explicit command_option(CLI::Option& option) : option_(&option) {}

  /// What the help shows instead of its type.
  command_option shown_as(const std::string& placeholder) const;
  command_option required(bool is = true) const;
  command_option within(std::int64_t least, std::int64_t most) const;
  command_option positive() const;
  command_option one_of(const std::vector<std::string>& words) const;
  /// The help shows what the variable holds now.
  command_option with_default() const;
  /// Several values in one word, between these.
  command_option separated_by(char separator) const;
  /// Where the value is looked for when the flag is not there.
  command_option or_environment(const std::string& variable) const;

 private:
  CLI::Option* option_;
};

/// A sub-command, or one of its own sub-commands. What it reads is written into the variables, which must outlive it.
class command {
 public:
  explicit command(CLI::App& app) : app_(&app) {}

  CLI::App& app() const { return *app_; }
  void footer(const std::string& text) const;
  /// One of its own, before or behind which its flags may stand.
  command subcommand(const std::string& name, const std::string& description) const;
  void needs_subcommand() const;

  command_option add_flag(const std::string& name, bool& into, const std::string& description) const;
  /// For text, paths, integers, double, optional integers and lists of int: command.cpp names them all.
  template <class T>
  command_option add_option(const std::string& name, T& into, const std::string& description) const;

 private:
  CLI::App* app_;
};

/// Built once; everything that it hands out lives as long as it.
class program {
 public:
  explicit program(CLI::App& root) : root_(root) {}
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  command add(const std::string& name, const std::string& description);

  /// A table of settings for the command, named as it: each becomes a flag now, and gets its value when `resolve` is
  /// called after the command line was read.
  runtime::config& settings_of(command to, const std::function<void(runtime::config&)>& describe);
  /// What the program does when the command stands on the command line: `work` answers the exit code.
  void on(command chosen, std::function<int()> work);

  /// For sub-commands without a log: the warnings about these settings go to standard error.
  void warn_on_standard_error(const runtime::config& settings) { spoken_.push_back(&settings); }

  /// Has the help of a sub-command's own sub-commands name its settings, which may stand there too. To be called when
  /// every command was added.
  void tell_settings_below() const;

  /// Flags whose values are to be wiped from the argument list.
  std::vector<std::string> secret_flags() const;
  /// Resolves the settings of the sub-command that was chosen, then does its work.
  int run();

 private:
  struct bound_settings {
    CLI::App* app;
    runtime::config settings;
    std::deque<std::string> texts;  // what CLI11 writes into: one for each setting
    std::filesystem::path file;     // of --config
  };

  void resolve(bound_settings& bound) const;
  std::vector<std::string> table_names() const;
  std::vector<std::string> environment_names() const;

  CLI::App& root_;
  std::deque<bound_settings> settings_;
  std::vector<const runtime::config*> spoken_;
  std::deque<std::pair<CLI::App*, std::function<int()>>> work_;
};

void add_serve(program& p);
void add_api(program& p);
void add_worker(program& p);
void add_coupon(program& p);
void add_actions(program& p);
void add_audit(program& p);
void add_dead_letters(program& p);
void add_migrate(program& p);
void add_lab(program& p);
void add_token(program& p);
void add_backup(program& p);
void add_restore(program& p);
void add_move(program& p);
void add_version(program& p);

}  // namespace firstcome::cli
