// Redis as the issue path uses it, with a real Redis and a gate before it that stalls and cuts.

#include "redis/async_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "support/redis_loop.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::awaited_outcome;
using firstcome::testing::eventually;
using firstcome::testing::redis_loop;
using firstcome::testing::redis_outcome;
using firstcome::testing::redis_server;
using firstcome::testing::tcp_gate;
using ::testing::HasSubstr;
using kind = redis_outcome::kind;
using namespace std::chrono_literals;

const script count_up{"#!lua\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])"};
const script fail_half_way{"#!lua\nredis.call('INCR', KEYS[1]) return redis.call('HGET', KEYS[1], 'a')"};

async_client::options client_at(const std::string& url) {
  return {.at = parse_address(url), .connect_timeout = 500ms, .stall_max = 200ms};
}

class redis_async_client : public ::testing::Test {
 protected:
  redis_server redis;
  tcp_gate gate{redis.port()};
  redis_loop loop{client_at("redis://" + gate.address())};

  void SetUp() override { ASSERT_TRUE(loop.await_connection()); }
  std::string counted() { return redis.ask({"GET", "k"}); }
};

TEST_F(redis_async_client, answers_calls_and_scripts_that_redis_has_never_seen) {
  EXPECT_EQ(loop.call({"SET", "k", "1"}).text, "OK");
  EXPECT_EQ(loop.run(count_up, {"k"}, {"41"}).text, "42");
  redis.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).text, "43");
}

TEST_F(redis_async_client, answers_many_calls_at_once_each_with_its_own_answer) {
  std::list<awaited_outcome> outcomes;
  for (int n = 0; n < 1000; ++n) loop.begin({"ECHO", std::to_string(n)}, 10s, outcomes.emplace_back());
  int expected = 0;
  for (awaited_outcome& each : outcomes) EXPECT_EQ(each.get().text, std::to_string(expected++));
}

TEST_F(redis_async_client, sends_and_receives_more_than_the_sockets_hold) {
  const std::string large(20 << 20, 'x');
  EXPECT_EQ(loop.call({"ECHO", large}).text.size(), large.size());
  EXPECT_EQ(loop.call({"ECHO", "small"}).text, "small");
}

TEST_F(redis_async_client, never_gives_an_outcome_from_inside_the_call) {
  loop.on_thread([this] {
    awaited_outcome sent;
    static awaited_outcome answered;
    loop.client().call("k", std::array<std::string_view, 1>{"PING"}, runtime::deadline::after(10s), answered);
    EXPECT_FALSE(answered.there());
  });
  gate.refuse();
  gate.cut();
  ASSERT_TRUE(eventually([this] { return !loop.client().connected(); }));
  awaited_outcome refused;
  loop.on_thread([&] {
    loop.client().call("k", std::array<std::string_view, 1>{"PING"}, runtime::deadline::after(10s), refused);
    EXPECT_FALSE(refused.there());
  });
  EXPECT_EQ(refused.get().what, kind::not_executed);
}

TEST_F(redis_async_client, does_not_know_the_outcome_of_a_call_whose_answer_was_cut_off) {
  loop.run(count_up, {"k"}, {"1"});
  gate.cut_after(tcp_gate::direction::to_client, 1);
  const redis_outcome outcome = loop.run(count_up, {"k"}, {"1"});
  EXPECT_EQ(outcome.what, kind::unknown) << outcome.text;
  EXPECT_EQ(counted(), "2");
  ASSERT_TRUE(loop.await_connection());
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).text, "3");
}

TEST_F(redis_async_client, does_not_know_the_outcome_when_the_deadline_passes_and_drops_the_late_answer) {
  loop.call({"PING"});
  gate.stall(tcp_gate::direction::to_client);
  EXPECT_EQ(loop.call({"ECHO", "late"}, 50ms).what, kind::unknown);
  awaited_outcome next;
  loop.begin({"ECHO", "mine"}, 10s, next);
  gate.release();
  EXPECT_EQ(next.get().text, "mine");
  EXPECT_EQ(loop.client().under_way(), 0U);
}

TEST_F(redis_async_client, gives_a_connection_up_that_does_not_answer_any_more_and_makes_a_new_one) {
  redis.pause();
  EXPECT_EQ(loop.call({"PING"}, 50ms).what, kind::unknown);
  EXPECT_TRUE(eventually(10s, [this] { return !loop.client().connected(); }));
  EXPECT_TRUE(eventually(10s, [this] { return loop.client().under_way() == 0; }));
  EXPECT_EQ(loop.call({"PING"}).what, kind::not_executed);
  redis.resume();
  ASSERT_TRUE(loop.await_connection());
  EXPECT_EQ(loop.call({"ECHO", "again"}).text, "again");
}

TEST_F(redis_async_client, connects_again_after_redis_was_killed_and_started_on_the_same_port) {
  loop.run(count_up, {"k"}, {"1"});
  redis.kill();
  ASSERT_TRUE(eventually([this] { return !loop.client().connected(); }));
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).what, kind::not_executed);
  redis.start();
  ASSERT_TRUE(loop.await_connection());
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).text, "2");
}

TEST_F(redis_async_client, knows_that_a_call_was_not_executed_when_redis_refuses_it) {
  loop.call({"SET", "k", "1"});
  redis.ask({"CONFIG", "SET", "maxmemory", "1"});
  const redis_outcome outcome = loop.run(count_up, {"k"}, {"1"});
  EXPECT_EQ(outcome.what, kind::not_executed);
  EXPECT_THAT(outcome.text, HasSubstr("OOM"));
  EXPECT_EQ(counted(), "1");
}

TEST_F(redis_async_client, does_not_know_how_far_a_script_came_that_failed) {
  const redis_outcome outcome = loop.run(fail_half_way, {"k"}, {});
  EXPECT_EQ(outcome.what, kind::unknown);
  EXPECT_THAT(outcome.text, HasSubstr("WRONGTYPE"));
  EXPECT_EQ(counted(), "1");
}

TEST_F(redis_async_client, leaves_a_master_that_became_a_replica) {
  redis.ask({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).what, kind::not_executed);
  EXPECT_TRUE(eventually([this] { return !loop.client().connected(); }));
  redis.ask({"REPLICAOF", "NO", "ONE"});
  ASSERT_TRUE(loop.await_connection());
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).text, "1");
}

TEST_F(redis_async_client, ends_every_call_when_it_stops) {
  gate.stall();
  awaited_outcome outcome;
  loop.begin({"PING"}, 60s, outcome);
  loop.on_thread([] {});  // a turn of the loop: it has been sent
  loop.stop();
  EXPECT_EQ(outcome.get().what, kind::unknown);
}

TEST(redis_async_client_at_start, refuses_calls_until_a_redis_is_there_that_was_not_there_at_start) {
  redis_server redis;
  redis.kill();
  redis_loop loop(client_at(redis.url()));
  EXPECT_EQ(loop.call({"PING"}).what, kind::not_executed);
  EXPECT_FALSE(loop.client().connected());
  redis.start();
  EXPECT_TRUE(loop.await_connection());
}

TEST(redis_async_client_at_start, finds_the_host_by_name) {
  redis_server redis;
  redis_loop loop(client_at("redis://localhost:" + std::to_string(redis.port())));
  EXPECT_TRUE(loop.await_connection());
}

TEST(redis_async_client_at_start, takes_the_next_host_when_one_is_a_replica_or_gone) {
  redis_server master;
  redis_server replica({"--replicaof", "127.0.0.1 " + std::to_string(master.port())});
  redis_server gone;
  gone.kill();
  redis_loop loop(client_at(gone.url() + "," + replica.address() + "," + master.address()));
  ASSERT_TRUE(loop.await_connection());
  EXPECT_EQ(loop.run(count_up, {"k"}, {"1"}).text, "1");
}

TEST(redis_async_client_at_start, does_not_use_a_redis_that_is_not_durable_enough) {
  redis_server redis({"--appendfsync", "everysec"});
  redis_loop loop(client_at(redis.url()));
  EXPECT_EQ(loop.call({"PING"}).what, kind::not_executed);
  redis.ask({"CONFIG", "SET", "appendfsync", "always"});
  EXPECT_TRUE(loop.await_connection());
}

TEST(redis_async_client_at_start, logs_in_and_chooses_the_database) {
  redis_server redis({"--requirepass", "secret"});
  redis_loop loop(client_at("redis://:secret@" + redis.address() + "/3"));
  ASSERT_TRUE(loop.await_connection());
  loop.call({"SET", "k", "three"});
  redis.ask({"SELECT", "3"});
  EXPECT_EQ(redis.ask({"GET", "k"}), "three");
}

// A name may have an address of each family, and Redis often listens on one of them.
TEST(redis_async_client_at_start, tries_every_address_of_a_name) {
  redis_server redis;
  redis_loop loop(client_at("redis://localhost:" + std::to_string(redis.port())));
  EXPECT_TRUE(loop.await_connection());
}

// The nodes are back under other addresses: nobody whom the map names answers, but whoever was configured does.
TEST(redis_async_client_at_start, asks_the_configured_hosts_again_when_no_known_node_answers) {
  redis_server redis({"--cluster-enabled", "yes", "--bind", "127.0.0.1", "127.0.0.2"});
  redis.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  redis.ask({"CONFIG", "SET", "cluster-announce-ip", "127.0.0.2"});
  ASSERT_TRUE(eventually([&] { return redis.ask({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos; }));
  redis_loop loop(client_at("redis+cluster://127.0.0.1:" + std::to_string(redis.port())));
  ASSERT_TRUE(loop.await_connection());
  ASSERT_EQ(loop.call({"SET", "k", "1"}).text, "OK");
  redis.ask({"CONFIG", "SET", "cluster-announce-ip", "127.0.0.3"});
  redis.ask({"CONFIG", "SET", "bind", "127.0.0.1 127.0.0.3"});
  redis.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_TRUE(eventually([&] { return loop.call({"GET", "k"}).text == "1"; }));
}

TEST(redis_async_client_bounds, refuses_calls_past_its_bound) {
  redis_server redis;
  tcp_gate gate(redis.port());
  auto with = client_at("redis://" + gate.address());
  with.calls_max = 2;
  redis_loop loop(with);
  ASSERT_TRUE(loop.await_connection());
  gate.stall(tcp_gate::direction::to_client);
  std::array<awaited_outcome, 3> outcomes;
  for (awaited_outcome& each : outcomes) loop.begin({"PING"}, 10s, each);
  EXPECT_EQ(outcomes[2].get().what, kind::not_executed);
  gate.release();
  EXPECT_EQ(outcomes[0].get().text, "PONG");
  EXPECT_EQ(outcomes[1].get().text, "PONG");
}

}  // namespace
}  // namespace firstcome::redis
