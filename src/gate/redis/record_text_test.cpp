#include "gate/redis/record_text.hpp"

#include <gtest/gtest.h>

#include "gate/redis/keys.hpp"
#include "gate/shared_gate.hpp"

namespace firstcome::gate {
namespace {

TEST(record_text, reads_what_it_wrote) {
  const auto read = record_from_text(to_text(17, from_microseconds(1'700'000'000'123'456)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sequence, 17);
  EXPECT_EQ(read->admitted_at, from_microseconds(1'700'000'000'123'000));
}

TEST(record_text, refuses_anything_else) {
  for (const char* odd : {"", ":", "17", "17:", ":5", "0:5", "017:5", "17:-5", "17:5:6", "2147483648:5", "17:1e9"})
    EXPECT_FALSE(record_from_text(odd)) << odd;
}

TEST(record_text, names_an_unknown_user_by_its_place) {
  EXPECT_EQ(user_field(user_id{42}, 7), "42");
  EXPECT_EQ(user_field(user_id{0}, 7), "-7");
  EXPECT_EQ(user_from_field("42"), user_id{42});
  EXPECT_EQ(user_from_field("-7"), user_id{0});
  for (const char* odd : {"", "0", "-0", "x", "9223372036854775808"}) EXPECT_FALSE(user_from_field(odd)) << odd;
}

TEST(gate_keys, share_the_coupons_hash_tag) {
  const gate_keys keys(coupon_id{7}, 12, default_prefix);
  EXPECT_EQ(keys.meta, "fc:{7}:meta");
  EXPECT_EQ(keys.users, "fc:{7}:users:12");
  EXPECT_EQ(keys.queue, "fc:{7}:queue:12");
}

TEST(gate_keys, begin_with_the_prefix_of_the_installation) {
  EXPECT_EQ(gate_keys(coupon_id{7}, 12, "shop-a:").users, "shop-a:{7}:users:12");
  EXPECT_EQ(wake_channel("shop-a:"), "shop-a:log");
  for (const char* usable : {"fc:", "a", "Shop_1.b-c:"}) EXPECT_TRUE(is_usable_prefix(usable)) << usable;
  for (const char* other : {"", "fc:{1}", "a b", "ä"}) EXPECT_FALSE(is_usable_prefix(other)) << other;
}

TEST(gate_config, rounds_its_window_up_to_whole_milliseconds) {
  coupon c;
  c.window = {from_microseconds(1'000'001), from_microseconds(2'000'000)};
  EXPECT_EQ(config_of(c).window.start, from_microseconds(1'001'000));
  EXPECT_EQ(config_of(c).window.end, from_microseconds(2'000'000));
}

}  // namespace
}  // namespace firstcome::gate
