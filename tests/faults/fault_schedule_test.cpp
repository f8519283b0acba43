#include "faults/fault_schedule.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;

const std::vector<fault_choice> menu = {{fault_kind::kill, "api-0", 3},
                                        {fault_kind::pause, "api-0", 1},
                                        {fault_kind::stall, "api-0>redis", 1},
                                        {fault_kind::cut_mid_reply, "api-0>redis", 1},
                                        {fault_kind::flush, "redis", 4}};

TEST(fault_schedule, is_the_same_for_the_same_seed) {
  EXPECT_EQ(draw_schedule(7, menu), draw_schedule(7, menu));
  EXPECT_NE(draw_schedule(7, menu).faults, draw_schedule(8, menu).faults);
}

// Changing what a seed means makes every seed that somebody wrote down worthless: do it knowingly.
TEST(fault_schedule, of_a_seed_stays_what_it_was) {
  const fault_schedule drawn = draw_schedule(1, menu, {.length = 3s});
  EXPECT_EQ(to_text(drawn),
            "seed 1, 4 faults in 3.000 s\n"
            "  0.359 s  kill api-0 for 1.329 s\n"
            "  0.448 s  flush redis\n"
            "  0.545 s  stall api-0>redis for 2.455 s\n"
            "  2.393 s  kill api-0 for 0.607 s\n");
}

TEST(fault_schedule, never_lets_two_faults_at_one_target_overlap_and_ends_in_time) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const fault_schedule drawn = draw_schedule(seed, menu, {.length = 20s});
    std::map<std::string, std::chrono::milliseconds> free_from;
    for (const fault& one : drawn.faults) {
      EXPECT_GE(one.begins, free_from[one.target]) << to_text(drawn);
      free_from[one.target] = one.begins + one.lasts;
      EXPECT_LE(one.begins + one.lasts, 20s);
    }
    EXPECT_TRUE(std::is_sorted(drawn.faults.begin(), drawn.faults.end(),
                               [](const fault& a, const fault& b) { return a.begins < b.begins; }));
  }
}

TEST(fault_schedule, lets_faults_at_different_targets_overlap) {
  const fault_schedule drawn = draw_schedule(1, menu, {.length = 60s});
  bool overlap = false;
  for (std::size_t i = 1; i < drawn.faults.size(); ++i)
    overlap = overlap || drawn.faults[i].begins < drawn.faults[i - 1].begins + drawn.faults[i - 1].lasts;
  EXPECT_TRUE(overlap);
}

TEST(fault_schedule, uses_everything_on_the_menu_and_flushes_at_most_once) {
  std::set<std::pair<fault_kind, std::string>> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    int flushes = 0;
    for (const fault& one : draw_schedule(seed, menu).faults) {
      seen.emplace(one.kind, one.target);
      flushes += one.kind == fault_kind::flush;
    }
    EXPECT_LE(flushes, 1);
  }
  EXPECT_EQ(seen.size(), menu.size());
}

TEST(fault_schedule, takes_files_and_memory_away_at_least_once_when_they_are_on_the_menu) {
  std::vector<fault_choice> with_limits = menu;
  with_limits.insert(
      with_limits.end(),
      {{fault_kind::fd_limit, "api-0", 1}, {fault_kind::memory_limit, "api-0", 1}, {fault_kind::kill, "redis", 1'000}});
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const fault_schedule drawn = draw_schedule(seed, with_limits);
    const auto lasts_long_enough = [&](fault_kind kind) {
      return std::any_of(drawn.faults.begin(), drawn.faults.end(),
                         [kind](const fault& one) { return one.kind == kind && one.lasts >= 40ms; });
    };
    EXPECT_TRUE(lasts_long_enough(fault_kind::fd_limit)) << to_text(drawn);
    EXPECT_TRUE(lasts_long_enough(fault_kind::memory_limit)) << to_text(drawn);
  }
}

TEST(fault_schedule, replaces_each_store_at_most_once_some_store_always_and_moves_all_addresses) {
  std::vector<fault_choice> with_others = menu;
  with_others.insert(
      with_others.end(),
      {{fault_kind::replace, "redis", 20}, {fault_kind::replace, "mariadb", 20}, {fault_kind::move, "addresses", 1}});
  std::set<std::string> replaced;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::multiset<std::string> here;
    int moves = 0;
    for (const fault& one : draw_schedule(seed, with_others).faults) {
      if (one.kind == fault_kind::replace) here.insert(one.target);
      moves += one.kind == fault_kind::move;
    }
    EXPECT_LE(here.count("redis"), 1U);
    EXPECT_LE(here.count("mariadb"), 1U);
    EXPECT_GE(here.size(), 1U);
    EXPECT_GE(moves, 1);
    replaced.insert(here.begin(), here.end());
  }
  EXPECT_EQ(replaced.size(), 2U);
}

TEST(fault_schedule, draws_often_what_weighs_much) {
  std::map<fault_kind, int> times;
  const std::vector<fault_choice> two = {{fault_kind::cut, "a", 9}, {fault_kind::cut_mid_reply, "b", 1}};
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    for (const fault& one : draw_schedule(seed, two).faults) ++times[one.kind];
  EXPECT_GT(times[fault_kind::cut], 4 * times[fault_kind::cut_mid_reply]);
  EXPECT_GT(times[fault_kind::cut_mid_reply], 0);
}

TEST(fault_schedule, reads_as_one_line_a_fault) {
  EXPECT_EQ(to_text(fault{fault_kind::pause, "redis", 3120ms, 840ms, 5}), "  3.120 s  pause redis for 0.840 s");
  EXPECT_EQ(to_text(fault{fault_kind::delay, "api-0>redis", 12s, 1s, 20}),
            " 12.000 s  delay api-0>redis for 1.000 s, 20 ms each way");
  EXPECT_EQ(to_text(fault{fault_kind::cut_mid_reply, "client>api-1", 1ms, 1s, 300}),
            "  0.001 s  cut_mid_reply client>api-1 for 1.000 s, after 300 bytes");
  EXPECT_EQ(to_text(fault{fault_kind::cut, "client>api-1", 1ms, 0s, 7}), "  0.001 s  cut client>api-1");
}

}  // namespace
}  // namespace firstcome::faults
