#pragma once

// What a sub-command is made of. Each stands in a file of its own, which offers one `add_…` function; the list of them
// is in program.cpp. To add one: write src/cli/<name>.cpp, declare its `add_…` below, name it in the list.

#include <CLI/CLI.hpp>

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/config.hpp"

namespace firstcome::cli {

/// Built once; everything that it hands out lives as long as it.
class program {
 public:
  explicit program(CLI::App& root) : root_(root) {}
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  CLI::App& root() { return root_; }

  /// A table of settings for `app`, named as it: each becomes a flag now, and gets its value when `resolve` is called
  /// after the command line was read.
  runtime::config& settings_of(CLI::App& app, const std::function<void(runtime::config&)>& describe);
  /// What the program does when `app` stands on the command line: `work` answers the exit code.
  void on(CLI::App& app, std::function<int()> work);

  /// For sub-commands without a log: the warnings about these settings go to standard error.
  void warn_on_standard_error(const runtime::config& settings) { spoken_.push_back(&settings); }

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

  CLI::App& root_;
  std::deque<bound_settings> settings_;
  std::vector<const runtime::config*> spoken_;
  std::deque<std::pair<CLI::App*, std::function<int()>>> work_;
};

void add_serve(program& p);
void add_api(program& p);
void add_worker(program& p);
void add_coupon(program& p);
void add_audit(program& p);
void add_dead_letters(program& p);
void add_migrate(program& p);
void add_lab(program& p);
void add_version(program& p);

}  // namespace firstcome::cli
