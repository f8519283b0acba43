#include "runtime/deadline.hpp"

#include <gtest/gtest.h>

namespace firstcome::runtime {
namespace {

using namespace std::chrono_literals;

constexpr monotonic noon{1'000'000s};

TEST(deadline, has_passed_from_its_instant_on) {
  const deadline d = deadline::after(20ms, noon);
  EXPECT_FALSE(d.passed(noon));
  EXPECT_FALSE(d.passed(noon + 20ms - 1ns));
  EXPECT_TRUE(d.passed(noon + 20ms));
  EXPECT_TRUE(d.passed(noon + 1h));
}

TEST(deadline, has_left_what_is_left_and_never_less_than_nothing) {
  const deadline d = deadline::after(20ms, noon);
  EXPECT_EQ(d.left(noon), 20ms);
  EXPECT_EQ(d.left(noon + 5ms), 15ms);
  EXPECT_EQ(d.left(noon + 20ms - 1ns), 1ms) << "rounded up: who waits for so long has waited long enough";
  EXPECT_EQ(d.left(noon + 20ms), 0ms);
  EXPECT_EQ(d.left(noon + 1h), 0ms);
}

TEST(deadline, that_never_comes_does_not_pass) {
  EXPECT_TRUE(deadline::never().is_never());
  EXPECT_FALSE(deadline::never().passed());
  EXPECT_FALSE(deadline::never().passed(monotonic::max()));
  EXPECT_EQ(deadline::never().left(), std::chrono::milliseconds::max());
  EXPECT_TRUE(deadline::never().sooner_by(1s).is_never());
}

TEST(deadline, after_longer_than_the_clock_counts_never_comes) {
  EXPECT_TRUE(deadline::after(std::chrono::nanoseconds::max(), noon).is_never());
  EXPECT_TRUE(deadline::after(std::chrono::milliseconds::max()).is_never());
  EXPECT_FALSE(deadline::after(24h * 365).is_never());
}

TEST(deadline, by_the_machines_clock) {
  EXPECT_TRUE(deadline::after(0ms).passed());
  EXPECT_EQ(deadline::after(0ms).left(), 0ms);
  EXPECT_FALSE(deadline::after(1h).passed());
  EXPECT_GT(deadline::after(1h).left(), 59min);
}

TEST(deadline, is_earlier_or_later_than_another) {
  const deadline soon = deadline::after(1s, noon);
  const deadline late = deadline::after(2s, noon);
  EXPECT_EQ(earlier(soon, late), soon);
  EXPECT_EQ(earlier(late, soon), soon);
  EXPECT_EQ(earlier(deadline::never(), late), late);
  EXPECT_EQ(later(soon, late), late);
  EXPECT_TRUE(later(soon, deadline::never()).is_never());
  EXPECT_EQ(late.sooner_by(1s), soon);
}

class store final : public waits_until {};

TEST(deadline, is_lifted_for_as_long_as_somebody_says_so) {
  store one;
  EXPECT_TRUE(one.until().is_never());
  one.until(deadline::after(1s, noon));
  {
    const without_deadline for_everybody(one);
    EXPECT_TRUE(one.until().is_never());
  }
  EXPECT_EQ(one.until(), deadline::after(1s, noon));
}

}  // namespace
}  // namespace firstcome::runtime
