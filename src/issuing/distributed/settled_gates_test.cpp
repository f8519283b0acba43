#include "issuing/distributed/settled_gates.hpp"

#include <gtest/gtest.h>

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;

const timestamp end = from_microseconds(1'800'000'000'000'000);

coupon ended(std::int64_t id, std::int32_t issued = 3) {
  coupon c;
  c.id = coupon_id{id};
  c.epoch = 100;
  c.window = {end - 24h, end};
  c.date_updated = end - 24h;
  c.issued_quantity = issued;
  return c;
}

bool knows(const settled_gates& gates, const coupon& row) {
  return gates.known({&row, 1}).front();
}

void remember(settled_gates& gates, const coupon& row) {
  const coupon* const one = &row;
  gates.remember({&one, 1});
}

TEST(settled_gates, are_those_that_are_retired_and_those_that_ended_with_everybody_in_the_ledger) {
  const timestamp later = end + 2min;
  EXPECT_TRUE(settled_gates::is_settled(ended(1), {.size = 3}, later));
  EXPECT_FALSE(settled_gates::is_settled(ended(1), {.size = 4}, later)) << "one is on the way";
  EXPECT_FALSE(settled_gates::is_settled(ended(1), {.size = 3}, end + 1s));
  coupon changed = ended(1);
  changed.date_updated = later - 1s;
  EXPECT_FALSE(settled_gates::is_settled(changed, {.size = 3}, later)) << "the gate may not have followed yet";
  EXPECT_TRUE(settled_gates::is_settled(changed, {.retired = true}, later));
}

TEST(settled_gates, are_asked_again_when_their_row_is_another) {
  settled_gates gates;
  EXPECT_FALSE(knows(gates, ended(1)));
  remember(gates, ended(1));
  EXPECT_TRUE(knows(gates, ended(1)));
  coupon opened_again = ended(1), rebuilt = ended(1);
  opened_again.window.end += 24h;
  rebuilt.epoch = 101;
  EXPECT_FALSE(knows(gates, opened_again));
  EXPECT_FALSE(knows(gates, rebuilt));
  EXPECT_FALSE(knows(gates, ended(1, 4)));
  EXPECT_FALSE(knows(gates, ended(2)));
}

TEST(settled_gates, are_never_more_than_their_bound) {
  settled_gates gates(2);
  for (const std::int64_t id : {1, 2, 3}) remember(gates, ended(id));
  EXPECT_FALSE(knows(gates, ended(1)));
  EXPECT_TRUE(knows(gates, ended(3)));
}

}  // namespace
}  // namespace firstcome::issuing
