// The simulation itself: a fixed set of histories in which every promise is kept, the same every time; and what a
// person gets when one fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sim/history/last_words.hpp"
#include "sim/history/outcome.hpp"
#include "sim/history/shrink.hpp"

namespace firstcome::sim {
namespace {

std::string name_of_case(const ::testing::TestParamInfo<shape>& info) {
  return name_of(info.param);
}

class simulated_histories : public ::testing::TestWithParam<shape> {};
INSTANTIATE_TEST_SUITE_P(, simulated_histories, ::testing::Values(shape::embedded, shape::distributed), name_of_case);

TEST_P(simulated_histories, keep_every_promise) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const outcome_of_history what = happen(plan_of(GetParam(), seed));
    ASSERT_TRUE(what.broken.empty()) << command_to_replay(plan_of(GetParam(), seed)) << ": promise "
                                     << what.broken[0].promise << ": " << what.broken[0].what;
  }
}

TEST_P(simulated_histories, are_the_same_for_the_same_seed) {
  std::set<std::uint64_t> different;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const plan p = plan_of(GetParam(), seed);
    ASSERT_EQ(p.items, plan_of(GetParam(), seed).items);
    const outcome_of_history first = happen(p, {.wants_trace = true});
    const outcome_of_history second = happen(p, {.wants_trace = true});
    ASSERT_EQ(first.trace_lines, second.trace_lines) << "seed " << seed;
    ASSERT_EQ(first.trace_number, second.trace_number) << "seed " << seed;
    ASSERT_EQ(first.trace_number, happen(p).trace_number) << "seed " << seed << ": looking on changes it";
    different.insert(first.trace_number);
  }
  EXPECT_EQ(different.size(), 40u);
}

TEST(simulated_faults, all_happen) {
  std::set<event> seen;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed)
    for (const shape s : {shape::embedded, shape::distributed})
      for (const item& one : plan_of(s, seed).items) seen.insert(one.what);
  for (int what = 0; what <= static_cast<int>(event::refuse_user); ++what)
    EXPECT_TRUE(seen.contains(static_cast<event>(what))) << what;
}

TEST(shrinking, leaves_what_the_failure_needs) {
  constexpr planted bug = planted::answers_before_fsync;
  std::uint64_t seed = 1;
  while (!happen(plan_of(shape::distributed, seed), {.bug = bug}).breaks(3)) ++seed;
  const plan whole = plan_of(shape::distributed, seed);
  const plan shortest = shrink(whole, [&](const plan& p) { return happen(p, {.bug = bug}).breaks(3); });
  EXPECT_TRUE(happen(shortest, {.bug = bug}).breaks(3));
  EXPECT_TRUE(shortest.has(event::restart_store)) << "without a restart nothing is lost";
  EXPECT_TRUE(shortest.has(event::ask));
  EXPECT_LE(shortest.items.size(), 6u);

  std::vector<int> numbers;
  for (const item& one : shortest.items) numbers.push_back(one.number);
  EXPECT_EQ(only(whole, numbers).items, shortest.items) << "what is printed replays it";
}

TEST(shrinking, ends_when_nothing_can_be_left_out) {
  const plan whole = plan_of(shape::embedded, 1);
  int attempts = 0;
  const auto only_whole = [&](const plan& p) {
    ++attempts;
    return p.items == whole.items;
  };
  EXPECT_EQ(shrink(whole, only_whole).items, whole.items);
  EXPECT_LT(attempts, 500);
}

TEST(last_words, name_the_history_that_ends_the_process_or_hangs_it) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  plan p;
  p.seed = 4711;
  p.shape = shape::distributed;
  const char* const command = "replay it: ./dev sim --shape distributed --seed 4711";
  EXPECT_DEATH(
      {
        { const last_words over(p); }
        std::abort();
      },
      ::testing::Not(::testing::HasSubstr("replay")))
      << "it was over";
  EXPECT_DEATH(
      {
        const last_words over(p);
        std::abort();
      },
      command);
  EXPECT_DEATH(
      {
        const last_words over(p, 1);
        for (;;) pause();
      },
      command);
}

TEST(timeline, comes_to_an_end_when_it_turns_in_circles) {
  timeline time(random_source(1));
  std::function<void()> again = [&] { time.after(0us, again); };
  again();
  EXPECT_THROW(time.advance_to(1us), std::runtime_error);
}

}  // namespace
}  // namespace firstcome::sim
