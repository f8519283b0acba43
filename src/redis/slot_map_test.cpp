#include "redis/slot_map.hpp"

#include <gtest/gtest.h>

#include "support/redis_reply.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::parsed_reply;

const node_address asked{"10.0.0.9", 7000};

// Two masters with a replica each; the first of them does not know its own host.
constexpr std::string_view two_masters =
    "*2\r\n"
    "*4\r\n:0\r\n:8191\r\n*3\r\n$0\r\n\r\n:7000\r\n$2\r\nid\r\n*3\r\n$8\r\n10.0.0.2\r\n:7001\r\n$2\r\nid\r\n"
    "*4\r\n:8192\r\n:16383\r\n*3\r\n$8\r\n10.0.0.3\r\n:7002\r\n$2\r\nid\r\n*3\r\n$8\r\n10.0.0.4\r\n:7003\r\n$"
    "2\r\nid\r\n";

TEST(hash_slot, is_crc16_as_in_the_specification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
}

TEST(hash_slot, looks_only_at_the_hash_tag) {
  EXPECT_EQ(slot_of("fc:{42}:meta"), slot_of("42"));
  EXPECT_EQ(slot_of("fc:{42}:users:7"), slot_of("fc:{42}:queue:7"));
  EXPECT_EQ(slot_of("foo{}{bar}"), 8363);                // an empty tag is none
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));  // to the first }
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_NE(slot_of("a{b"), slot_of("b"));
}

TEST(slot_map, reads_the_answer_to_cluster_slots) {
  const auto map = slot_map::from_reply(parsed_reply(two_masters), asked);
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->complete());
  EXPECT_EQ(map->masters(), (std::vector<node_address>{{"10.0.0.9", 7000}, {"10.0.0.3", 7002}}));
  EXPECT_EQ(*map->owner(0), (node_address{"10.0.0.9", 7000}));
  EXPECT_EQ(*map->owner(8191), (node_address{"10.0.0.9", 7000}));
  EXPECT_EQ(*map->owner(8192), (node_address{"10.0.0.3", 7002}));
  EXPECT_EQ(*map->owner(16383), (node_address{"10.0.0.3", 7002}));
}

TEST(slot_map, knows_that_some_slots_have_nobody) {
  const auto map = slot_map::from_reply(parsed_reply("*1\r\n*3\r\n:5\r\n:6\r\n*2\r\n$1\r\nh\r\n:1\r\n"), asked);
  ASSERT_TRUE(map);
  EXPECT_FALSE(map->complete());
  EXPECT_EQ(map->owner(4), nullptr);
  EXPECT_NE(map->owner(5), nullptr);
}

TEST(slot_map, moves_a_slot_to_a_master_that_is_new) {
  auto map = slot_map::from_reply(parsed_reply(two_masters), asked);
  map->move(7, {"10.0.0.5", 7004});
  EXPECT_EQ(*map->owner(7), (node_address{"10.0.0.5", 7004}));
  EXPECT_EQ(*map->owner(8), (node_address{"10.0.0.9", 7000}));
  EXPECT_EQ(map->masters().size(), 3U);
}

TEST(slot_map, refuses_what_is_no_such_answer) {
  for (const char* answer : {"+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:6\r\n:5\r\n*2\r\n$1\r\nh\r\n:1\r\n",
                             "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\nh\r\n:1\r\n",
                             "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\nh\r\n:65536\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n"})
    EXPECT_FALSE(slot_map::from_reply(parsed_reply(answer), asked)) << answer;
}

}  // namespace
}  // namespace firstcome::redis
