#include "cli/shown_times.hpp"

#include <gtest/gtest.h>

namespace firstcome::cli {
namespace {

TEST(shown_times, are_as_the_api_writes_them_when_no_zone_is_wanted) {
  EXPECT_EQ(shown_times().in_zone("2026-12-05T01:00:00.000Z"), "2026-12-05T01:00:00.000Z");
  EXPECT_TRUE(shown_times().in_utc());
}

TEST(shown_times, carry_the_offset_that_holds_then) {
  const shown_times seoul(runtime::time_zone("Asia/Seoul"));
  EXPECT_EQ(seoul.in_zone("2026-12-05T01:00:00.000Z"), "2026-12-05T10:00:00.000+09:00");
  EXPECT_EQ(seoul.in_zone("2026-12-31T15:00:00.123456Z"), "2027-01-01T00:00:00.123456+09:00");
  const shown_times newfoundland(runtime::time_zone("America/St_Johns"));
  EXPECT_EQ(newfoundland.in_zone("2026-01-01T00:00:00.000Z"), "2025-12-31T20:30:00.000-03:30");
  EXPECT_EQ(newfoundland.in_zone("2026-07-01T00:00:00.000Z"), "2026-06-30T21:30:00.000-02:30");
  EXPECT_EQ(shown_times(runtime::time_zone("UTC")).in_zone("2026-01-01T00:00:00.000Z"),
            "2026-01-01T00:00:00.000+00:00");
}

TEST(shown_times, read_back_as_the_same_instant) {
  const shown_times seoul(runtime::time_zone("Asia/Seoul"));
  const std::string utc = "2026-12-05T01:00:00.000Z";
  EXPECT_EQ(from_rfc3339(seoul.in_zone(utc)), from_rfc3339(utc));
}

TEST(shown_times, leave_alone_what_is_no_time) {
  const shown_times seoul(runtime::time_zone("Asia/Seoul"));
  for (const char* other : {"", "unlimited", "-", "2026-12-05", "Opening day"}) EXPECT_EQ(seoul.in_zone(other), other);
}

TEST(shown_times, the_offset_that_was_typed_is_the_one_that_is_shown) {
  EXPECT_EQ(shown_times(zone_typed_in("2026-12-05T10:00:00+09:00").value()).in_zone("2026-12-05T01:00:00.000Z"),
            "2026-12-05T10:00:00.000+09:00");
  for (const char* without : {"2026-12-05T10:00:00Z", "now", "+1d", "+09:00", "", "2026-12-05T10:00:00+23:00"})
    EXPECT_FALSE(zone_typed_in(without)) << without;
}

}  // namespace
}  // namespace firstcome::cli
