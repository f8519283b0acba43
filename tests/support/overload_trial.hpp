#pragma once

// A node under more than it can bear, and what must hold then, whichever shape it has. What was heard is kept for the
// judge.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "load/overload_run.hpp"
#include "support/issue_history.hpp"
#include "support/server_under_test.hpp"

namespace firstcome::testing {

/// How the node under test is slowed down, so that its capacity is a batch for each delay, on any machine.
struct slow_node {
  static constexpr int batch_max = 200;
  static constexpr std::chrono::milliseconds delay{200};
  static constexpr double capacity_per_s = 1000;              // the most; less on a busy machine
  static constexpr std::chrono::milliseconds deadline{3000};  // its --request-timeout-ms

  /// From now on this process' temporary folders are in memory, where there is room: only the switch makes a disk slow.
  static void keep_folders_in_memory();
  static std::vector<std::string> flags();
  /// Besides the delay, which belongs to the store. Freed memory is to be seen as such: hardly any quarantine.
  static std::map<std::string, std::string> environment();
};

class overload_trial {
 public:
  /// Of one coupon without a bound.
  overload_trial(server_under_test& node, std::int64_t coupon) : node_(node), coupon_(coupon) {}

  /// Twice the peak for so long, and everything that issue 5 asks of it. How fast it was is judged when the machine had
  /// time for it; if not, the load comes once more.
  void expect_bears_overload(std::chrono::seconds time);
  /// False: not even then. A test says so (GTEST_SKIP) after everything else was judged.
  bool speed_was_checked() const { return speed_was_checked_; }
  /// Thousands who come at one instant and come again when they are told to.
  void expect_herd_is_spread_and_served(int members);
  /// Thousands who ask again as soon as they are refused.
  void expect_impatient_are_served(int members);

  /// All that was heard, for promise_audit.
  std::vector<issue_answer> history() const;

 private:
  load::overload_figures overload_once(std::chrono::seconds time);
  static void expect_bounded(const load::overload_figures& figures);
  static void expect_in_time(const load::overload_figures& figures);
  load::open_loop_options herd_of(int members) const;
  void show_it_its_pace();
  std::vector<load::heard> run_herd(load::open_loop_options options);

  server_under_test& node_;
  const std::int64_t coupon_;
  std::int64_t next_user_ = 1;
  bool speed_was_checked_ = false;
  std::vector<load::heard> heard_;
};

}  // namespace firstcome::testing
