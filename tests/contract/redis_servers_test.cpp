// What the tests lean on when they start Redis themselves.

#include <gtest/gtest.h>

#include "support/eventually.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"

namespace firstcome::testing {
namespace {

TEST(redis_server, keeps_what_it_answered_when_it_is_killed_and_started_again_on_the_same_port) {
  redis_server redis;
  redis.ask({"SET", "a", "1"});
  const std::uint16_t port = redis.port();
  redis.kill();
  EXPECT_FALSE(redis.running());
  EXPECT_THROW(redis.command({"PING"}), std::runtime_error);
  redis.start();
  EXPECT_EQ(redis.port(), port);
  EXPECT_EQ(redis.ask({"GET", "a"}), "1");
}

TEST(redis_server, forgets_its_data_when_it_is_told_to) {
  redis_server redis({"--requirepass", "secret"});
  redis.ask({"SET", "a", "1"});
  redis.shut_down();
  redis.forget();
  redis.start();
  EXPECT_TRUE(redis.command({"GET", "a"}).is_nil());
}

TEST(redis_cluster, serves_every_slot_and_moves_one_with_its_keys) {
  redis_cluster cluster;
  const int slot = static_cast<int>(cluster.node(0).command({"CLUSTER", "KEYSLOT", "a"}).integer());
  const int from = cluster.owner_of(slot);
  const int to = (from + 1) % 3;
  cluster.node(from).ask({"SET", "a", "1"});
  cluster.move_slot(slot, to);
  EXPECT_EQ(cluster.owner_of(slot), to);
  EXPECT_EQ(cluster.node(to).ask({"GET", "a"}), "1");
}

TEST(redis_cluster, promotes_the_replica_of_a_killed_master) {
  redis_cluster cluster({.replicas = true, .node_timeout_ms = 1000});
  cluster.node(0).kill();
  EXPECT_TRUE(eventually([&] { return cluster.is_master(3); }));
  cluster.await_all_slots();
  EXPECT_EQ(cluster.owner_of(0), 3);
}

}  // namespace
}  // namespace firstcome::testing
