#include "cli/program.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>

#include "cli/command.hpp"
#include "runtime/log.hpp"
#include "runtime/secret.hpp"

namespace firstcome::cli {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_wrong_usage = 2;

/// Every sub-command, in the order in which the help shows them.
constexpr void (*commands[])(program&) = {add_serve, add_api,          add_worker, add_migrate, add_coupon,
                                          add_audit, add_dead_letters, add_lab,    add_version};

constexpr const char* examples = R"(Examples:
  firstcome serve                                      start on 127.0.0.1:8080, data in ./data
  firstcome coupon create --title "Launch" --quantity 500 --start now --end +1d
  firstcome coupon list
  firstcome audit --data-dir ./data                    compare the books (with the node stopped or running)
  firstcome serve --help                               every setting, with its default

Exit codes: 0 done, 1 failed, 2 wrong usage.)";

int parse_and_run(int argc, char** argv) {
  CLI::App root{"firstcome hands out a limited number of coupons, first come, first served."};
  root.name("firstcome");
  root.require_subcommand(1);
  root.footer(examples);
  root.failure_message([](const CLI::App* app, const CLI::Error& e) {
    std::string path = app->get_name();
    for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = chosen.front()->get_subcommands())
      path += " " + chosen.front()->get_name();
    return "firstcome: " + std::string(e.what()) + "\nTry: " + path + " --help\n";
  });
  root.set_version_flag("--version", "firstcome " FIRSTCOME_VERSION);
  root.get_formatter()->column_width(34);
  program p(root);
  for (auto add : commands) add(p);

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

int run_program(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const runtime::wrong_usage& e) {
    std::cerr << "firstcome: " << e.what() << "\n";
    return exit_wrong_usage;
  } catch (const std::exception& e) {
    if (runtime::log::started()) {
      runtime::log::error(e.what());
    } else {
      std::cerr << "firstcome: " << e.what() << "\n";
    }
    return exit_failed;
  }
}

}  // namespace firstcome::cli
