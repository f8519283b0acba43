#pragma once

// One schedule endured by one world: a crowd all the while, then everything is healed, everybody asks again, the queue
// drains, and the judge looks at the whole history of each coupon.

#include <functional>
#include <memory>

#include "faults/recovery_times.hpp"
#include "faults/world.hpp"

namespace firstcome::faults {

/// `galera`: the distributed one on two nodes of a Galera cluster that both take writes.
enum class shape { embedded, distributed, galera };

std::string_view to_text(shape which);
std::unique_ptr<world> make_world(shape which);

struct run_report {
  std::vector<std::string> broken = {};  // as sentences; empty when every promise was kept
  recovery_times recoveries = {};
  std::size_t faults = 0;
  int ends_for_want = 0;  // nodes that ended by themselves, for want of what a fault had taken
  std::size_t answers = 0;
  std::size_t coupons_given = 0;  // 201 or 202
  std::size_t returned = 0;       // of them, surely
  std::size_t unknown = 0;
  std::size_t overloaded = 0;
  std::size_t offers = 0;
  std::size_t sold_out = 0;   // of the offers
  int changes = 0;            // raises and pauses
  double drained_s = 0;       // after the crowd had gone
  double longest_wait_s = 0;  // for an answer, after the last fault at that door
  std::string evidence = {};  // when something was broken: the file that holds what everybody heard
};

/// Prints the schedule to `say` first. On the main thread.
run_report endure(shape which, std::uint64_t seed, const schedule_options& options, std::ostream& say);

/// The command that draws this schedule again, at the program that is being tested now.
std::string replay_command(shape which, std::uint64_t seed, const schedule_options& options);
/// From now on this process tests the program as it ships, which `./dev faults --release` has built.
void use_release_program();

/// "41 faults, 18230 answers, …"
std::string summary(const run_report& report);

}  // namespace firstcome::faults
