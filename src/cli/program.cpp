#include "cli/program.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>

#include "cli/command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/usage_error.hpp"
#include "runtime/log.hpp"
#include "runtime/secret.hpp"

namespace firstcome::cli {
namespace {

int parse_and_run(const program_parts& parts, int argc, char** argv) {
  CLI::App root{parts.description};
  root.name(parts.name);
  root.require_subcommand(1);
  root.footer(parts.footer);
  root.failure_message([](const CLI::App* app, const CLI::Error& e) { return usage_error(*app, e); });
  root.set_version_flag("--version", parts.name + " " FIRSTCOME_VERSION);
  root.get_formatter()->column_width(34);
  program p(root);
  for (const auto add : parts.commands) add(p);
  p.tell_settings_below();

  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  runtime::wipe_arguments(argc, argv, p.secret_flags());
  try {
    root.parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    return root.exit(e, std::cout, std::cerr) == 0 ? 0 : exit_wrong_usage;
  }
  return p.run();
}

}  // namespace

int run_program(const program_parts& parts, int argc, char** argv) {
  try {
    return parse_and_run(parts, argc, argv);
  } catch (const runtime::wrong_usage& e) {
    std::cerr << parts.name << ": " << e.what() << "\n";
    return exit_wrong_usage;
  } catch (const std::exception& e) {
    if (runtime::log::started()) {
      runtime::log::error(e.what());
    } else {
      std::cerr << parts.name << ": " << e.what() << "\n";
    }
    return exit_failed;
  }
}

}  // namespace firstcome::cli
