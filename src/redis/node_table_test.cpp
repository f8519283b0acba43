#include "redis/node_table.hpp"

#include <gtest/gtest.h>

#include "support/redis_reply.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::parsed_reply;
using namespace std::chrono_literals;

const node_address first{"10.0.0.1", 7001};
const node_address second{"10.0.0.2", 7001};
const node_address third{"10.0.0.3", 7001};

address cluster_of(std::vector<node_address> nodes) {
  return {.nodes = std::move(nodes), .user = {}, .password = {}, .database = 0, .cluster = true, .tls = false};
}

/// The whole of the slots, up to `last`, served by one host.
reply map_to(const std::string& host, int last = slot_count - 1) {
  return parsed_reply("*1\r\n*3\r\n:0\r\n:" + std::to_string(last) + "\r\n*2\r\n$" + std::to_string(host.size()) +
                      "\r\n" + host + "\r\n:7001\r\n");
}

class node_table_test : public ::testing::Test {
 protected:
  address at = cluster_of({first, second});
  std::optional<node_address> awaited;
  node_table nodes{{at, durability::assumed, 300ms, 1}, [this](const node_address& one) { return one == awaited; }};
  monotonic now = monotonic{} + 1h;

  void ready(std::size_t node) {
    nodes[node].tick(now, true);
    nodes[node].opened();
    for (std::size_t n = 0; n < nodes.hello().size(); ++n) nodes[node].greeted(n, parsed_reply("+OK\r\n"));
    ASSERT_TRUE(nodes[node].ready());
  }
};

TEST_F(node_table_test, wants_all_that_were_configured_until_it_has_a_map) {
  EXPECT_TRUE(nodes.is_wanted(0));
  EXPECT_TRUE(nodes.is_wanted(1));
  EXPECT_EQ(nodes.owner(7), node_table::nobody);
  ready(0);
  ready(1);
  EXPECT_FALSE(nodes.all_connected()) << "nobody knows who serves what";
}

TEST_F(node_table_test, wants_the_masters_of_the_map) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.3"), 0));
  EXPECT_FALSE(nodes.is_wanted(0));
  EXPECT_EQ(nodes.owner(7), 2U);
  EXPECT_EQ(nodes[2].node(), third);
  EXPECT_FALSE(nodes.all_connected());
  ready(2);
  EXPECT_TRUE(nodes.all_connected());
}

TEST_F(node_table_test, is_not_all_connected_while_a_slot_has_nobody) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.1", 5), 0));
  EXPECT_EQ(nodes.owner(5), 0U);
  EXPECT_EQ(nodes.owner(6), node_table::nobody);
  EXPECT_FALSE(nodes.all_connected());
}

TEST_F(node_table_test, takes_no_map_that_is_none) {
  EXPECT_FALSE(nodes.learn(parsed_reply("+OK\r\n"), 0));
  EXPECT_EQ(nodes.owner(7), node_table::nobody);
}

TEST_F(node_table_test, asks_for_the_map_one_ready_node_after_the_other_with_pauses) {
  EXPECT_FALSE(nodes.ask_for_the_map(now)) << "nobody is there";
  ready(0);
  ready(1);
  now += 100ms;
  const auto whom = nodes.ask_for_the_map(now);
  ASSERT_TRUE(whom);
  EXPECT_FALSE(nodes.ask_for_the_map(now + 99ms));
  const auto next = nodes.ask_for_the_map(now + 100ms);
  ASSERT_TRUE(next);
  EXPECT_NE(*next, *whom);
}

TEST_F(node_table_test, asks_again_only_when_the_map_is_doubted_or_somebody_is_away) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.1"), 0));
  EXPECT_FALSE(nodes.ask_for_the_map(now));
  nodes.doubt();
  EXPECT_TRUE(nodes.ask_for_the_map(now));
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.1"), 0));
  EXPECT_FALSE(nodes.ask_for_the_map(now + 1s));
  ready(1);
  nodes[0].closed("cut", now);
  EXPECT_TRUE(nodes.ask_for_the_map(now + 2s));
}

TEST_F(node_table_test, follows_a_slot_that_moved_and_doubts_the_rest) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.1"), 0));
  nodes.find(third);
  nodes.moved(7, third);
  EXPECT_EQ(nodes[nodes.owner(7)].node(), third);
  EXPECT_EQ(nodes[nodes.owner(8)].node(), first);
  EXPECT_TRUE(nodes.ask_for_the_map(now));
}

TEST_F(node_table_test, forgets_the_map_of_a_cluster_that_is_silent_for_a_second) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.3"), 0));
  nodes.forget_a_silent_cluster(now);
  nodes[0].closed("cut", now);
  nodes.forget_a_silent_cluster(now + 999ms);
  EXPECT_FALSE(nodes.is_wanted(1));
  nodes.forget_a_silent_cluster(now + 1s);
  EXPECT_TRUE(nodes.is_wanted(1)) << "as at start: whoever was configured";
}

TEST_F(node_table_test, uses_the_link_of_a_node_again_that_nobody_needs) {
  ready(0);
  ASSERT_TRUE(nodes.learn(map_to("10.0.0.1"), 0));
  EXPECT_EQ(nodes.find(third), 2U);
  awaited = third;
  EXPECT_EQ(nodes.find({"10.0.0.4", 7001}), 3U) << "a call waits for the third";
  awaited.reset();
  EXPECT_EQ(nodes.find({"10.0.0.5", 7001}), 2U);
  EXPECT_EQ(nodes[2].node(), (node_address{"10.0.0.5", 7001}));
  EXPECT_EQ(nodes.find(second), 1U) << "who was configured stays";
}

TEST_F(node_table_test, knows_a_bounded_number_of_nodes) {
  for (std::size_t n = 2; n < node_table::nodes_max; ++n)
    ASSERT_EQ(nodes.find({"10.1.0.1", static_cast<std::uint16_t>(n)}), n);
  EXPECT_EQ(nodes.find(third), node_table::nobody);
  EXPECT_EQ(nodes.find(second), 1U);
}

TEST(node_table_of_one, has_one_node_that_serves_all_and_may_be_at_any_of_its_hosts) {
  address at = cluster_of({first, second});
  at.cluster = false;
  node_table nodes({at, durability::assumed, 300ms, 1}, [](const node_address&) { return false; });
  EXPECT_EQ(nodes.size(), 1U);
  EXPECT_EQ(nodes.owner(7), 0U);
  EXPECT_FALSE(nodes.all_connected());
  EXPECT_FALSE(nodes.ask_for_the_map(monotonic{} + 1h));
}

}  // namespace
}  // namespace firstcome::redis
