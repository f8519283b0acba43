// The program firstcome: its sub-commands, and what goes on to firstcome-lab.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "cli/command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/program.hpp"

namespace firstcome::cli {
namespace {

/// Every sub-command, in the order in which the help shows them.
constexpr void (*const commands[])(program&) = {add_serve,   add_api,    add_worker,  add_migrate, add_coupon,
                                                add_audit,   add_backup, add_restore, add_move,    add_dead_letters,
                                                add_actions, add_token,  add_lab,     add_version};

constexpr const char* program_examples = R"(Examples:
  firstcome serve                                      start on 127.0.0.1:8080, data in ./data
  firstcome coupon create --title "Launch" --quantity 500 --start now --end +1d
  firstcome coupon list
  firstcome audit --data-dir ./data                    compare the books (with the node stopped or running)
  firstcome serve --help                               every setting, with its default

Exit codes: 0 done, 1 failed, 2 wrong usage.)";

/// `firstcome lab …`, and an API node that issues by one of the lab's strategies.
bool is_for_lab(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "lab") return true;
  if (word != "api") return false;
  const char* setting = std::getenv("FIRSTCOME_LAB");
  return (setting != nullptr && *setting != '\0') || std::any_of(argv + 2, argv + argc, [](std::string_view each) {
           return each.starts_with("--lab") && (each == "--lab" || each.starts_with("--lab="));
         });
}

/// Replaces this process by firstcome-lab, which lies beside it. Comes back only when that is not there.
int become_lab(char** argv) {
  const std::filesystem::path lab = std::filesystem::read_symlink("/proc/self/exe").replace_filename("firstcome-lab");
  execv(lab.c_str(), argv);
  std::cerr << "firstcome: the lab is a program of its own, and cannot be started as " << lab.string() << ": "
            << std::strerror(errno) << " (install the package firstcome-lab, or build it with ./dev lab)\n";
  return exit_failed;
}

}  // namespace

void add_lab(program& p) {
  p.on(p.add("lab", "run every strategy under the same crowd, and judge them (firstcome-lab)"), [] { return 0; });
}

int run_firstcome(int argc, char** argv) {
  if (is_for_lab(argc, argv)) return become_lab(argv);
  return run_program({.name = "firstcome",
                      .description = "firstcome hands out a limited number of coupons, first come, first served.",
                      .footer = program_examples,
                      .commands = commands},
                     argc, argv);
}

}  // namespace firstcome::cli
