#include "load/user_ids.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace firstcome::load {
namespace {

TEST(random_user, names_each_of_ten_million_once) {
  std::vector<bool> seen(population + 1);
  for (std::uint64_t i = 0; i < population; ++i) {
    const std::int64_t user = random_user(42, i);
    ASSERT_GE(user, 1);
    ASSERT_LE(user, static_cast<std::int64_t>(population));
    ASSERT_FALSE(seen[static_cast<std::size_t>(user)]) << i;
    seen[static_cast<std::size_t>(user)] = true;
  }
}

TEST(random_user, is_spread_and_differs_by_seed) {
  std::uint64_t low = 0;
  std::uint64_t same = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    low += random_user(1, i) <= static_cast<std::int64_t>(population / 2);
    same += random_user(1, i) == random_user(2, i);
  }
  EXPECT_NEAR(static_cast<double>(low), 5'000, 250);
  EXPECT_LE(same, 5u);
}

}  // namespace
}  // namespace firstcome::load
