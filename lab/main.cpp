// firstcome-lab: `lab` runs the experiments, `api` is a node that issues by one of the strategies.

#include "cli/command.hpp"
#include "cli/program.hpp"
#include "lab/node/lab_node.hpp"

namespace firstcome::lab {
void add_experiments(cli::program& p);
}

int main(int argc, char** argv) {
  using firstcome::cli::program;
  constexpr void (*const commands[])(program&) = {
      firstcome::lab::add_experiments,
      [](program& p) { firstcome::cli::add_api_that_runs(p, firstcome::lab::run_lab_node); },
      firstcome::cli::add_version};
  return firstcome::cli::run_program(
      {.name = "firstcome-lab",
       .description = "Runs every way of issuing coupons under the same crowd, and judges them.",
       .footer = "docs/strategies.md explains what you see.",
       .commands = commands},
      argc, argv);
}
