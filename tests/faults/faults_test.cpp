// Half a minute of random faults at the real processes of each shape. A fresh seed each time, printed;
// FIRSTCOME_TEST_SEED repeats it. `./dev faults` does the same for as long as you like.

#include <gtest/gtest.h>

#include "faults/fault_run.hpp"
#include "support/distributed_test.hpp"

namespace firstcome::faults {
namespace {

void expect_kept(shape which) {
  const std::uint32_t seed = testing::chosen_seed();
  const run_report report = endure(which, seed, {}, std::cout);
  std::cout << summary(report) << "\n" << report.recoveries.table();
  for (const std::string& what : report.broken) std::cout << "BROKEN: " << what.substr(0, what.find('\n')) << "\n";
  EXPECT_TRUE(report.broken.empty()) << report.broken.size()
                                     << " findings; with the nodes' logs and what everybody heard: " << report.evidence
                                     << "\nthe same schedule again: " << replay_command(which, seed, {});
  EXPECT_GT(report.faults, 20U);
  EXPECT_GT(report.coupons_given, 0U) << "nothing was served: the test tested nothing";
  EXPECT_GT(report.unknown + report.overloaded, 0U) << "nobody noticed any fault: the test tested nothing";
}

TEST(faults, embedded_keeps_every_promise_through_half_a_minute_of_them) {
  expect_kept(shape::embedded);
}

TEST(faults, distributed_keeps_every_promise_through_half_a_minute_of_them) {
  expect_kept(shape::distributed);
}

}  // namespace
}  // namespace firstcome::faults
