#include "cli/time_expression.hpp"

#include <gtest/gtest.h>

namespace firstcome::cli {
namespace {

using namespace std::chrono_literals;

constexpr timestamp now{1'700'000'000s};

TEST(time_expression, now_and_spans_count_from_the_clock_that_is_handed_in) {
  EXPECT_EQ(read_time("now", now), now);
  EXPECT_EQ(read_time("+90s", now), now + 90s);
  EXPECT_EQ(read_time("+10m", now), now + 10min);
  EXPECT_EQ(read_time("+2h", now), now + 2h);
  EXPECT_EQ(read_time("+7d", now), now + 168h);
  EXPECT_EQ(read_time("+1h30m", now), now + 90min);
  EXPECT_EQ(read_time("+0s", now), now);
}

TEST(time_expression, anything_else_is_rfc_3339) {
  EXPECT_EQ(read_time("2023-11-14T22:13:20Z", timestamp{}), now);
}

TEST(time_expression, refuses_what_is_neither) {
  for (const char* wrong : {"", "+", "+1", "+m", "+1x", "+1 m", "+-1m", "+1.5h", "1h", "Now", "-1h", "+1h30",
                            "tomorrow", "+4294967296s", "+99999999d", "+90d+1h", "+50000d50000d", "2023-11-14"})
    EXPECT_EQ(read_time(wrong, now), std::nullopt) << wrong;
}

}  // namespace
}  // namespace firstcome::cli
