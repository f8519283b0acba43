// Where a call of a cluster goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "redis/call_table.hpp"
#include "support/driven_calls.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::driven_calls;
using firstcome::testing::told_in_words;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using kind = call_action::kind;
using namespace std::chrono_literals;

constexpr std::string_view slots_on_first = "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$8\r\n10.0.0.1\r\n:7001\r\n";

class call_table_cluster : public ::testing::Test {
 protected:
  driven_calls calls{{.at = parse_address("redis+cluster://10.0.0.1:7001"),
                      .wanted = durability::assumed,
                      .connect_timeout = 300ms,
                      .stall_max = 200ms,
                      .calls_max = 4}};
  told_in_words who;

  void SetUp() override {
    calls.start();
    calls.make_ready(0);
    calls.tick(100ms);
    ASSERT_THAT(calls.sent, ElementsAre(HasSubstr("CLUSTER")));
    calls.answer(slots_on_first);
    ASSERT_TRUE(calls.table.connected());
    calls.sent.clear();
    calls.done.clear();
  }
};

TEST_F(call_table_cluster, goes_to_who_serves_the_slot_from_now_on) {
  calls.ask(who);
  calls.answer("-MOVED 7629 10.0.0.2:7001\r\n");
  EXPECT_THAT(calls.sent, SizeIs(1)) << "nobody is there yet";
  calls.tick(10ms);
  calls.make_ready(1);
  calls.tick(10ms);
  EXPECT_THAT(calls.sent.back(), StartsWith("1 *2"));
  calls.answer("+yes\r\n", 1);
  EXPECT_EQ(who.outcome, "= yes");
  told_in_words next;
  calls.ask(next);
  EXPECT_THAT(calls.sent.back(), StartsWith("1 *2")) << "the slot of k has moved for good";
}

TEST_F(call_table_cluster, asks_another_node_this_once_with_asking) {
  calls.ask(who);
  calls.answer("-ASK 7629 10.0.0.2:7001\r\n");
  calls.tick(10ms);
  calls.make_ready(1);
  calls.tick(10ms);
  EXPECT_THAT(calls.sent.back(), StartsWith("1 ASKING *2"));
  calls.answer("+yes\r\n", 1);
  EXPECT_EQ(who.outcome, "= yes");
  told_in_words next;
  calls.ask(next);
  EXPECT_THAT(calls.sent.back(), StartsWith("0 *2"));
}

TEST_F(call_table_cluster, follows_no_more_than_a_few_redirections) {
  calls.ask(who);
  int followed = 0;
  for (; who.outcome.empty() && followed < 20; ++followed) calls.answer("-MOVED 7629 10.0.0.1:7001\r\n");
  EXPECT_EQ(followed, 6);
  EXPECT_THAT(who.outcome, StartsWith("not executed: MOVED"));
}

TEST_F(call_table_cluster, ends_a_call_whose_redirection_cannot_be_read) {
  calls.ask(who);
  calls.answer("-MOVED to somewhere\r\n");
  EXPECT_THAT(who.outcome, StartsWith("not executed: MOVED to somewhere"));
}

TEST_F(call_table_cluster, ends_a_redirected_call_at_its_deadline_when_nobody_is_there) {
  calls.ask(who, 100ms);
  calls.answer("-MOVED 7629 10.0.0.2:7001\r\n");
  calls.tick(99ms);
  EXPECT_EQ(who.outcome, "");
  calls.tick(1ms);
  EXPECT_EQ(who.outcome, "not executed: no time was left to try again");
}

TEST_F(call_table_cluster, asks_for_the_map_again_when_the_cluster_is_down) {
  calls.ask(who);
  calls.answer("-CLUSTERDOWN The cluster is down\r\n");
  EXPECT_THAT(who.outcome, StartsWith("not executed: CLUSTERDOWN"));
  calls.tick(100ms);
  EXPECT_THAT(calls.sent.back(), HasSubstr("CLUSTER\r\n$5\r\nSLOTS"));
}

TEST_F(call_table_cluster, asks_for_the_map_also_when_too_many_calls_are_under_way) {
  std::list<told_in_words> many(4);
  for (told_in_words& each : many) calls.ask(each, 10s);
  calls.answer("-MOVED 7629 10.0.0.1:7001\r\n");
  calls.tick(100ms);
  EXPECT_THAT(calls.sent.back(), HasSubstr("SLOTS"));
}

TEST_F(call_table_cluster, says_why_it_has_no_map) {
  calls.ask(who);
  calls.answer("-CLUSTERDOWN The cluster is down\r\n");
  calls.said.clear();
  calls.tick(100ms);
  calls.answer("-ERR This instance has cluster support disabled\r\n");
  EXPECT_THAT(calls.said, ElementsAre("ERR This instance has cluster support disabled"));
}

TEST_F(call_table_cluster, drops_a_map_that_comes_after_its_deadline) {
  calls.ask(who);
  calls.answer("-CLUSTERDOWN The cluster is down\r\n");
  calls.tick(100ms);
  calls.tick(1000ms);
  calls.answer("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$8\r\n10.0.0.9\r\n:7001\r\n");
  told_in_words next;
  calls.ask(next);
  EXPECT_THAT(calls.sent.back(), StartsWith("0 *2"));
}

TEST_F(call_table_cluster, has_no_master_for_a_slot_that_nobody_serves) {
  calls.ask(who);
  calls.answer("-CLUSTERDOWN The cluster is down\r\n");
  calls.tick(100ms);
  calls.answer("*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$8\r\n10.0.0.1\r\n:7001\r\n");
  EXPECT_FALSE(calls.table.connected());
  told_in_words next;
  calls.ask(next);
  calls.end_turn();
  EXPECT_THAT(next.outcome, StartsWith("not executed: no connection"));
}

}  // namespace
}  // namespace firstcome::redis
