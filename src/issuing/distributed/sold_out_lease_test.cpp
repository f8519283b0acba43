#include "issuing/distributed/sold_out_lease.hpp"

#include <gtest/gtest.h>

#include "runtime/clock.hpp"

namespace firstcome::issuing {
namespace {

constexpr user_id winner{1}, loser{2};
const monotonic start = monotonic(std::chrono::hours(1));

lease_terms sold_out() {
  return {.epoch = 3,
          .config_version = 5,
          .sold_out = true,
          .now = from_microseconds(1'000'000),
          .window_end = from_microseconds(900'000'000),
          .lineage = 7};
}

std::shared_ptr<const admitted_filter> filter_of(user_id user) {
  auto filter = std::make_shared<admitted_filter>(1, 1);
  filter->add(user);
  return filter;
}

class sold_out_lease_test : public ::testing::Test {
 protected:
  void hold() {
    cut.note(sold_out(), start);
    cut.equip(sold_out().identity(), filter_of(winner));
    ASSERT_TRUE(cut.refuses(loser, start));
    ASSERT_FALSE(cut.refuses(winner, start));
  }
  sold_out_lease cut;
};

TEST_F(sold_out_lease_test, forgets_who_was_in_when_the_gate_is_another_one) {
  for (auto change : {+[](lease_terms& g) { g.epoch = 4; }, +[](lease_terms& g) { g.config_version = 6; },
                      +[](lease_terms& g) { g.lineage = 8; }}) {
    hold();
    lease_terms other = sold_out();
    change(other);
    cut.note(other, start);
    EXPECT_FALSE(cut.refuses(loser, start));
    EXPECT_TRUE(cut.wants_filter(start));
    cut.equip(sold_out().identity(), filter_of(winner));  // fetched before, and late
    EXPECT_FALSE(cut.refuses(loser, start));
    cut.equip(other.identity(), filter_of(winner));
    EXPECT_TRUE(cut.refuses(loser, start));
  }
}

TEST_F(sold_out_lease_test, ends_before_the_window_though_the_clocks_are_coarse) {
  lease_terms late = sold_out();
  // Now may be almost a millisecond later than the gate says, and a tick later than a look at the coarse clock says.
  late.window_end = late.now + std::chrono::milliseconds(10) + runtime::coarse_tick;
  cut.note(late, start);
  cut.equip(late.identity(), filter_of(winner));
  EXPECT_TRUE(cut.refuses(loser, start + std::chrono::milliseconds(8)));
  EXPECT_FALSE(cut.refuses(loser, start + std::chrono::milliseconds(9)));
}

TEST_F(sold_out_lease_test, keeps_its_filter_when_its_lease_has_lapsed_and_the_gate_is_the_same) {
  hold();
  const monotonic later = start + 10 * sold_out_lease_duration;
  EXPECT_FALSE(cut.refuses(loser, later));
  cut.note(sold_out(), later);
  EXPECT_TRUE(cut.refuses(loser, later));
  EXPECT_FALSE(cut.refuses(winner, later));
}

}  // namespace
}  // namespace firstcome::issuing
