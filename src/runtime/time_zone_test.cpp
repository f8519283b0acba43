#include "runtime/time_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace firstcome::runtime {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

timestamp at(std::string_view text) {
  return from_rfc3339(text).value();
}

TEST(time_zone, a_fixed_offset_holds_always) {
  EXPECT_EQ(time_zone("UTC").offset_at(at("2026-07-01T00:00:00Z")), 0s);
  EXPECT_EQ(time_zone("+09:00").offset_at(at("1970-01-01T00:00:00Z")), 9h);
  EXPECT_EQ(time_zone("-03:30").offset_at(at("9999-01-01T00:00:00Z")), -(3h + 30min));
}

TEST(time_zone, a_named_one_follows_its_clock_changes) {
  EXPECT_EQ(time_zone("Asia/Seoul").offset_at(at("2026-12-05T01:00:00Z")), 9h);
  EXPECT_EQ(time_zone("Asia/Seoul").offset_at(at("1988-07-01T00:00:00Z")), 10h) << "it had summer time then";
  const time_zone berlin("Europe/Berlin");
  EXPECT_EQ(berlin.offset_at(at("2026-03-29T00:59:59.999999Z")), 1h);
  EXPECT_EQ(berlin.offset_at(at("2026-03-29T01:00:00Z")), 2h);
  EXPECT_EQ(berlin.offset_at(at("2026-10-25T00:59:59Z")), 2h);
  EXPECT_EQ(berlin.offset_at(at("2026-10-25T01:00:00Z")), 1h);
}

TEST(time_zone, the_processs_own_zone_stays_what_it_was) {
  setenv("TZ", "America/New_York", 1);
  time_zone("Asia/Seoul");
  EXPECT_STREQ(std::getenv("TZ"), "America/New_York");
  unsetenv("TZ");
  time_zone("Asia/Seoul");
  EXPECT_EQ(std::getenv("TZ"), nullptr);
}

TEST(time_zone, what_is_none_is_refused_and_not_taken_for_utc) {
  for (const char* wrong :
       {"", "Mars", "Asia/Soul", "../../../etc/passwd", "/etc/passwd", "+9", "+15:00", "+09:60", "Asia"}) {
    try {
      time_zone{wrong};
      ADD_FAILURE() << wrong;
    } catch (const std::invalid_argument& e) {
      EXPECT_THAT(e.what(), HasSubstr("Asia/Seoul"));
    }
  }
}

}  // namespace
}  // namespace firstcome::runtime
