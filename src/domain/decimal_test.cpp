#include "domain/decimal.hpp"

#include <gtest/gtest.h>

#include "domain/ids.hpp"

namespace firstcome {
namespace {

TEST(decimal, reads_a_number_within_its_range) {
  EXPECT_EQ(from_decimal("0", 0, 9), 0);
  EXPECT_EQ(from_decimal("9223372036854775807", 1, id_max), id_max);
  EXPECT_EQ(from_decimal("-12", -12, 0), -12);
}

TEST(decimal, refuses_what_is_out_of_range) {
  EXPECT_EQ(from_decimal("10", 0, 9), std::nullopt);
  EXPECT_EQ(from_decimal("-1", 0, 9), std::nullopt);
  EXPECT_EQ(from_decimal("9223372036854775808", 1, id_max), std::nullopt);
}

TEST(decimal, refuses_any_other_way_to_write_a_number) {
  for (const char* text : {"", " 1", "1 ", "+1", "01", "00", "-0", "-01", "-", "1.0", "1e3", "0x1", "a"})
    EXPECT_EQ(from_decimal(text, -100, 100), std::nullopt) << '"' << text << '"';
  EXPECT_EQ(from_decimal(std::string_view("1\0", 2), 0, 9), std::nullopt);
}

}  // namespace
}  // namespace firstcome
