#include "ledger/import/source_time_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/mariadb_server.hpp"

namespace firstcome::ledger {
namespace {

std::string converted(const std::string& zone, const std::string& local) {
  const std::string date = "CAST('" + local + "' AS DATETIME(6))";
  return testing::shared_mariadb().value("SELECT " + source_time_zone(zone).to_utc(date));
}

TEST(source_time_zone, converts_by_a_fixed_offset) {
  EXPECT_EQ(converted("UTC", "2024-02-29 12:00:00.123456"), "2024-02-29 12:00:00.123456");
  EXPECT_EQ(converted("+09:00", "2024-03-01 08:30:00.123456"), "2024-02-29 23:30:00.123456");
  EXPECT_EQ(converted("-03:30", "2024-12-31 22:00:00.000000"), "2025-01-01 01:30:00.000000");
  EXPECT_TRUE(source_time_zone("+00:00").is_utc());
}

TEST(source_time_zone, converts_by_a_named_zone_with_its_summers_and_winters) {
  EXPECT_EQ(converted("Asia/Seoul", "2024-03-01 08:30:00.000000"), "2024-02-29 23:30:00.000000");
  EXPECT_EQ(converted("Europe/Berlin", "2024-01-15 12:00:00.000000"), "2024-01-15 11:00:00.000000");
  EXPECT_EQ(converted("Europe/Berlin", "2024-07-15 12:00:00.000000"), "2024-07-15 10:00:00.000000");
  EXPECT_EQ(converted("Europe/Berlin", "2024-03-31 01:59:59.999999"), "2024-03-31 00:59:59.999999");
  EXPECT_EQ(converted("Europe/Berlin", "2024-03-31 03:00:00.000000"), "2024-03-31 01:00:00.000000");
  EXPECT_EQ(converted("America/New_York", "2024-11-03 00:30:00.000000"), "2024-11-03 04:30:00.000000");
}

TEST(source_time_zone, takes_an_hour_that_was_shown_twice_as_the_first) {
  EXPECT_EQ(converted("Europe/Berlin", "2024-10-27 02:30:00.000000"), "2024-10-27 00:30:00.000000");
  EXPECT_EQ(converted("Europe/Berlin", "2024-10-27 03:00:00.000000"), "2024-10-27 02:00:00.000000");
}

TEST(source_time_zone, converts_times_beyond_what_the_server_would) {
  EXPECT_EQ(converted("Asia/Seoul", "2099-12-31 23:59:59.999999"), "2099-12-31 14:59:59.999999");
  EXPECT_EQ(converted("Asia/Seoul", "9999-12-31 23:59:59.999999"), "9999-12-31 14:59:59.999999");
  EXPECT_EQ(converted("Europe/Berlin", "2050-07-15 12:00:00.000000"), "2050-07-15 10:00:00.000000");
}

TEST(source_time_zone, leaves_null_and_the_processs_own_zone_alone) {
  const char* before = std::getenv("TZ");
  EXPECT_EQ(testing::shared_mariadb().value("SELECT " + source_time_zone("Asia/Seoul").to_utc("NULL")), "NULL");
  EXPECT_EQ(std::getenv("TZ"), before);
}

TEST(source_time_zone, says_what_it_may_be) {
  for (const char* wrong :
       {"", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "+9:00", "+25:00", "09:00", "KST9"})
    EXPECT_THAT([&] { source_time_zone{wrong}; },
                ::testing::ThrowsMessage<std::invalid_argument>(::testing::HasSubstr("such as Asia/Seoul")))
        << wrong;
}

}  // namespace
}  // namespace firstcome::ledger
