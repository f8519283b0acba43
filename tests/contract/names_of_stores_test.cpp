// Stores that are known by name: each address of a name is tried, and a name is looked up again when nobody answers
// any more at the addresses that it had.

#include <gtest/gtest.h>

#include "redis/async_client.hpp"
#include "redis/session.hpp"
#include "sql/mysql.hpp"
#include "support/eventually.hpp"
#include "support/made_up_name.hpp"
#include "support/mariadb_server.hpp"
#include "support/redis_loop.hpp"
#include "support/redis_server.hpp"

namespace firstcome {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::made_up_name;
using testing::redis_loop;
using testing::redis_server;

constexpr const char* nobody_here = "127.0.0.9";

std::string url_of(const made_up_name& host, const redis_server& redis, const std::string& scheme = "redis") {
  return scheme + "://" + host.text() + ":" + std::to_string(redis.port());
}

redis::async_client::options at(const std::string& url) {
  return {.at = redis::parse_address(url), .connect_timeout = 500ms, .stall_max = 200ms};
}

/// A Redis that listens on two addresses, and then on the other of two only, whoever was connected cut off.
void move_to(redis_server& redis, const std::string& addresses) {
  redis.ask({"CONFIG", "SET", "bind", addresses});
  redis.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
}

TEST(names_of_stores, an_api_node_tries_every_address_of_redis) {
  redis_server redis;
  for (const std::vector<std::string>& addresses : {std::vector<std::string>{nobody_here, "127.0.0.1"},
                                                    {"127.0.0.1", nobody_here},
                                                    {"::1", nobody_here, "127.0.0.1"}}) {
    const made_up_name host(addresses);
    redis_loop loop(at(url_of(host, redis)));
    EXPECT_TRUE(loop.await_connection());
    EXPECT_EQ(loop.call({"PING"}).text, "PONG");
  }
}

TEST(names_of_stores, a_worker_tries_every_address_of_redis) {
  redis_server redis;
  const made_up_name host({nobody_here, "127.0.0.1"});
  redis::session session({.at = redis::parse_address(url_of(host, redis))});
  EXPECT_EQ(session.call("k", redis::arguments{"PING"}).text(), "PONG");
}

TEST(names_of_stores, every_address_of_the_database_is_tried) {
  testing::mariadb_server& server = testing::shared_mariadb();
  const made_up_name host({nobody_here, "127.0.0.1"});
  sql::mysql_address there = sql::parse_mysql_address(server.url(server.make_database()));
  there.host = host.text();
  sql::mysql_connection db(there);
  EXPECT_EQ(db.value("SELECT 1"), "1");
}

TEST(names_of_stores, an_api_node_looks_a_name_up_again_until_somebody_answers) {
  redis_server redis;
  made_up_name host({nobody_here});
  redis_loop loop(at(url_of(host, redis)));
  ASSERT_TRUE(eventually([&] { return host.lookups() >= 2; }));
  EXPECT_FALSE(loop.client().connected());
  host.now_has({"127.0.0.1"});
  EXPECT_TRUE(loop.await_connection());
}

TEST(names_of_stores, an_api_node_follows_a_redis_that_is_back_under_another_address) {
  redis_server redis({"--bind", "127.0.0.1", "127.0.0.2"});
  made_up_name host({"127.0.0.2"});
  redis_loop loop(at(url_of(host, redis)));
  ASSERT_TRUE(loop.await_connection());
  host.now_has({"127.0.0.1"});
  move_to(redis, "127.0.0.1");
  EXPECT_TRUE(eventually([&] { return loop.call({"PING"}).text == "PONG"; }));
}

/// A node of a cluster that has every slot, and says where it is.
void make_cluster_of_one(redis_server& redis, const std::string& announced) {
  redis.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  redis.ask({"CONFIG", "SET", "cluster-announce-ip", announced});
  ASSERT_TRUE(eventually([&] { return redis.ask({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos; }));
}

TEST(names_of_stores, an_api_node_asks_the_configured_name_again_when_a_whole_cluster_has_new_addresses) {
  redis_server redis({"--cluster-enabled", "yes", "--bind", "127.0.0.1", "127.0.0.2"});
  make_cluster_of_one(redis, "127.0.0.2");
  made_up_name host({"127.0.0.2"});
  redis_loop loop(at(url_of(host, redis, "redis+cluster")));
  ASSERT_TRUE(loop.await_connection());
  ASSERT_EQ(loop.call({"SET", "k", "1"}).text, "OK");
  redis.ask({"CONFIG", "SET", "cluster-announce-ip", "127.0.0.3"});
  host.now_has({"127.0.0.3"});
  move_to(redis, "127.0.0.1 127.0.0.3");
  EXPECT_TRUE(eventually([&] { return loop.call({"GET", "k"}).text == "1"; }));
}

TEST(names_of_stores, a_worker_asks_the_configured_name_again_when_a_whole_cluster_has_new_addresses) {
  redis_server redis({"--cluster-enabled", "yes", "--bind", "127.0.0.1", "127.0.0.2"});
  make_cluster_of_one(redis, "127.0.0.2");
  made_up_name host({"127.0.0.2"});
  redis::session session({.at = redis::parse_address(url_of(host, redis, "redis+cluster"))});
  ASSERT_EQ(session.call("k", redis::arguments{"SET", "k", "1"}).text(), "OK");
  redis.ask({"CONFIG", "SET", "cluster-announce-ip", "127.0.0.3"});
  host.now_has({"127.0.0.3"});
  move_to(redis, "127.0.0.1 127.0.0.3");
  EXPECT_TRUE(eventually([&] {
    try {
      return session.call("k", redis::arguments{"GET", "k"}).text() == "1";
    } catch (const store_unavailable&) {
      return false;
    }
  }));
}

}  // namespace
}  // namespace firstcome
