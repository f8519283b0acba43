// ./dev faults: one schedule of faults after the other, until the time is over or a promise is broken.

#include <iostream>
#include <random>

#include "cli/arguments.hpp"
#include "faults/fault_run.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;

struct fault_options {
  std::vector<shape> shapes = {shape::embedded, shape::distributed};
  std::optional<double> minutes;
  std::optional<std::uint32_t> seed;
  int seconds = 60;
  int gap_ms = 650;
  bool release = false;
  bool quiet = false;
};

/// An exit code when there is nothing left to do.
std::optional<int> read_options(int argc, char** argv, fault_options& options) {
  const cli::arguments line(
      "./dev faults",
      "Random faults at the real processes of firstcome, a crowd all the while, and a verdict on the promises");
  const cli::command flags = line.flags();
  flags.footer("docs/faults.md has the rest.");
  std::string only;
  flags.add_option("--minutes", options.minutes, "go on for so long (10; with --seed: one schedule for each shape)")
      .positive();
  flags.add_option("--seed", options.seed, "of the first schedule; the next ones count on from it. Drawn when absent");
  flags.add_option("--shape", only, "embedded, distributed or galera; the first two in turn when absent")
      .one_of({"embedded", "distributed", "galera"});
  flags.add_option("--seconds", options.seconds, "of faults in each schedule (60); part of what a seed means")
      .within(5, 3600);
  flags.add_option("--gap-ms", options.gap_ms, "between the beginnings of two faults, on average (650); likewise")
      .within(50, 60'000);
  flags.add_flag("--release", options.release, "the program as it ships (build/release), not the one with sanitizers");
  flags.add_flag("--quiet", options.quiet, "do not print the schedules");
  if (const auto done = line.read(argc, argv)) return done;
  for (const shape one : {shape::embedded, shape::distributed, shape::galera})
    if (only == to_text(one)) options.shapes = {one};
  return std::nullopt;
}

/// False: a promise was broken.
bool run_one(shape which, std::uint32_t seed, const fault_options& options, recovery_times& all) {
  const schedule_options drawn{.length = std::chrono::seconds(options.seconds),
                               .mean_gap = std::chrono::milliseconds(options.gap_ms)};
  std::ostringstream aside;  // what is not to be printed
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::string> broken;
  std::string told, evidence;
  try {
    const run_report report = endure(which, seed, drawn, options.quiet ? static_cast<std::ostream&>(aside) : std::cout);
    all.add(report.recoveries);
    broken = report.broken;
    told = summary(report);
    evidence = report.evidence;
  } catch (const std::exception& e) {
    broken = {std::string("the run could not be finished: ") + e.what()};
  }
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  std::cout << to_text(which) << ", seed " << seed << ", " << took.count() << " s: " << told
            << (broken.empty() ? ": all kept" : ": BROKEN") << std::endl;
  for (const std::string& what : broken) std::cout << "  " << what << "\n";
  if (!evidence.empty())
    std::cout << "what everybody heard, the faults as they were, the nodes' logs: " << evidence << "\n";
  if (!broken.empty()) std::cout << "the same schedule again: " << replay_command(which, seed, drawn) << std::endl;
  return broken.empty();
}

int run(const fault_options& options) {
  std::uint32_t seed = options.seed ? *options.seed : std::random_device()();
  const double minutes = options.minutes.value_or(options.seed ? 0 : 10);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double, std::ratio<60>>(minutes);
  std::map<shape, recovery_times> recoveries;
  bool kept = true;
  do {
    for (const shape which : options.shapes) kept = kept && run_one(which, seed, options, recoveries[which]);
    ++seed;
  } while (kept && std::chrono::steady_clock::now() < end);
  for (const auto& [which, times] : recoveries) std::cout << "\n" << to_text(which) << "\n" << times.table();
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace firstcome::faults

int main(int argc, char** argv) {
  firstcome::faults::fault_options options;
  if (const auto done = firstcome::faults::read_options(argc, argv, options)) return *done;
  if (options.release) firstcome::faults::use_release_program();
  return firstcome::faults::run(options);
}
