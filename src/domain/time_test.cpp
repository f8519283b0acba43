#include "domain/time.hpp"

#include <gtest/gtest.h>

namespace firstcome {
namespace {

TEST(rfc3339, writes_three_digits_of_fraction_for_whole_milliseconds) {
  EXPECT_EQ(to_rfc3339(from_microseconds(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(from_microseconds(1'709'210'096'789'000)), "2024-02-29T12:34:56.789Z");
}

TEST(rfc3339, writes_six_digits_of_fraction_when_there_are_microseconds) {
  EXPECT_EQ(to_rfc3339(from_microseconds(1'709'210'096'789'012)), "2024-02-29T12:34:56.789012Z");
}

TEST(rfc3339, reads_what_it_wrote) {
  for (const std::int64_t us : {0LL, 1LL, 1'709'210'096'789'012LL, 253'402'300'799'999'999LL})
    EXPECT_EQ(from_rfc3339(to_rfc3339(from_microseconds(us))), from_microseconds(us)) << us;
}

TEST(rfc3339, takes_the_offset_into_account) {
  EXPECT_EQ(from_rfc3339("2024-03-01T08:00:00+09:00"), from_rfc3339("2024-02-29T23:00:00Z"));
  EXPECT_EQ(from_rfc3339("2024-02-29T18:30:00-04:30"), from_rfc3339("2024-02-29T23:00:00Z"));
  EXPECT_EQ(from_rfc3339("2024-02-29t23:00:00z"), from_rfc3339("2024-02-29T23:00:00Z"));
}

TEST(rfc3339, cuts_the_fraction_to_microseconds) {
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:00.123456789Z"), from_microseconds(123'456));
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:00.5Z"), from_microseconds(500'000));
}

TEST(rfc3339, refuses_everything_else) {
  for (const char* text : {"",
                           "2024-02-29",
                           "2024-02-29T12:00:00",
                           "2024-02-29 12:00:00Z",
                           "2023-02-29T12:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-00T00:00:00Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T00:00:00.1234567890Z",
                           "2024-01-01T00:00:00Z ",
                           " 2024-01-01T00:00:00Z",
                           "2024-01-01T00:00:00+0900",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00+09:60",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "24-01-01T00:00:00Z",
                           "+024-01-01T00:00:00Z",
                           "2024-1-01T00:00:00Z",
                           "10000-01-01T00:00:00Z"})
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
}

}  // namespace
}  // namespace firstcome
