#include "redis/call_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "support/driven_calls.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::driven_calls;
using firstcome::testing::told_in_words;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using kind = call_action::kind;
using namespace std::chrono_literals;

call_table::options one_node() {
  return {.at = parse_address("redis://10.0.0.1:7001"),
          .wanted = durability::assumed,
          .connect_timeout = 300ms,
          .stall_max = 200ms,
          .calls_max = 4};
}

const script some_script("return 1");

class call_table_test : public ::testing::Test {
 protected:
  driven_calls calls{one_node()};
  told_in_words who, other;

  void SetUp() override {
    calls.start();
    ASSERT_TRUE(calls.has_done(kind::connect));
    calls.make_ready(0);
    ASSERT_TRUE(calls.table.connected());
    calls.done.clear();
  }
};

TEST_F(call_table_test, sends_a_call_and_gives_it_its_answer) {
  calls.ask(who);
  EXPECT_THAT(calls.sent, ElementsAre(StartsWith("0 *2\r\n$3\r\nGET")));
  EXPECT_EQ(calls.table.under_way(), 1U);
  calls.answer("+yes\r\n");
  EXPECT_EQ(who.outcome, "= yes");
  EXPECT_EQ(calls.table.under_way(), 0U);
}

TEST_F(call_table_test, uses_the_record_of_an_ended_call_again) {
  for (int n = 0; n < 10; ++n) {
    calls.ask(who);
    calls.answer("+yes\r\n");
  }
  EXPECT_EQ(calls.table.records(), 1U);
  EXPECT_EQ(who.count, 10);
}

TEST_F(call_table_test, refuses_at_the_end_of_the_turn_what_is_too_much) {
  std::list<told_in_words> many(5);
  for (told_in_words& each : many) calls.ask(each);
  EXPECT_EQ(many.back().outcome, "");
  EXPECT_TRUE(calls.has_done(kind::end_turn));
  calls.end_turn();
  EXPECT_EQ(many.back().outcome, "not executed: too many calls are under way");
  EXPECT_EQ(many.front().outcome, "");
  EXPECT_THAT(calls.sent, SizeIs(4));
}

TEST_F(call_table_test, refuses_what_nobody_could_answer_in_time) {
  calls.ask(who, 0ms);
  calls.end_turn();
  EXPECT_THAT(who.outcome, StartsWith("not executed: no time was left"));
  EXPECT_THAT(calls.sent, IsEmpty());
}

TEST_F(call_table_test, refuses_calls_while_there_is_no_connection) {
  calls.closed();
  calls.ask(who);
  EXPECT_EQ(who.outcome, "");
  calls.end_turn();
  EXPECT_THAT(who.outcome, StartsWith("not executed: no connection"));
}

TEST_F(call_table_test, refuses_at_the_end_of_the_turn_what_the_connection_did_not_take) {
  calls.takes = false;
  calls.ask(who);
  EXPECT_EQ(who.outcome, "");
  calls.end_turn();
  EXPECT_THAT(who.outcome, StartsWith("not executed: no connection"));
  EXPECT_EQ(calls.table.under_way(), 0U);
}

TEST_F(call_table_test, does_not_know_at_the_deadline_what_became_of_a_call_and_drops_the_late_answer) {
  calls.ask(who, 50ms);
  calls.tick(49ms);
  EXPECT_EQ(who.outcome, "");
  calls.tick(1ms);
  EXPECT_EQ(who.outcome, "unknown: no answer by the deadline");
  EXPECT_EQ(calls.table.under_way(), 1U) << "Redis still owes the answer";
  calls.answer("+late\r\n");
  EXPECT_EQ(who.count, 1);
  EXPECT_EQ(calls.table.under_way(), 0U);
}

TEST_F(call_table_test, gives_a_connection_up_whose_answer_is_late_by_more_than_the_bound) {
  calls.ask(who, 50ms);
  calls.ask(other, 10s);
  calls.tick(249ms);
  EXPECT_FALSE(calls.has_done(kind::close));
  calls.tick(1ms);
  EXPECT_TRUE(calls.has_done(kind::close));
  EXPECT_FALSE(calls.table.connected());
  EXPECT_EQ(calls.table.under_way(), 0U);
  EXPECT_THAT(calls.said, ElementsAre(HasSubstr("does not answer any more")));
}

TEST_F(call_table_test, knows_what_was_not_told_to_a_connection_that_is_lost) {
  calls.ask(who);
  calls.write();
  calls.ask(other);
  calls.closed();
  EXPECT_EQ(who.outcome, "unknown: the connection was lost");
  EXPECT_EQ(other.outcome, "not executed: the connection was lost before it was sent");
}

TEST_F(call_table_test, takes_the_answers_that_arrived_before_the_connection_closes_and_sends_nothing_more) {
  calls.closes = false;
  calls.ask(who);
  calls.table.broken(0, "has enough");
  calls.ask(other);
  calls.answer("+yes\r\n");
  EXPECT_EQ(who.outcome, "= yes");
  calls.end_turn();
  EXPECT_THAT(other.outcome, StartsWith("not executed: no connection"));
  calls.closed();
  EXPECT_EQ(calls.table.under_way(), 0U);
}

TEST_F(call_table_test, connects_again_by_itself) {
  calls.closed();
  calls.tick(backoff::shortest);
  EXPECT_TRUE(calls.has_done(kind::connect));
  calls.make_ready(0);
  calls.ask(who);
  calls.answer("+yes\r\n");
  EXPECT_EQ(who.outcome, "= yes");
}

TEST_F(call_table_test, says_once_why_there_is_no_connection) {
  for (int n = 0; n < 3; ++n) {
    calls.closed();
    calls.tick(backoff::longest);
  }
  EXPECT_THAT(calls.said, ElementsAre("Redis at 10.0.0.1:7001: cut"));
}

TEST_F(call_table_test, sends_a_script_in_full_when_redis_does_not_know_it_and_only_then) {
  calls.run(some_script, who);
  EXPECT_THAT(calls.sent.back(), HasSubstr("EVALSHA"));
  calls.answer("-NOSCRIPT No matching script\r\n");
  EXPECT_THAT(calls.sent.back(), HasSubstr("EVAL\r\n$8\r\nreturn 1"));
  EXPECT_EQ(who.outcome, "");
  calls.answer("-NOSCRIPT again\r\n");
  EXPECT_EQ(who.outcome, "not executed: NOSCRIPT again");
  EXPECT_THAT(calls.sent, SizeIs(2));
}

TEST_F(call_table_test, counts_a_script_that_is_sent_in_full_as_not_told_until_it_leaves) {
  calls.run(some_script, who);
  calls.answer("-NOSCRIPT No matching script\r\n");
  calls.closed();
  EXPECT_THAT(who.outcome, StartsWith("not executed"));
}

TEST_F(call_table_test, knows_that_redis_refused_a_call_before_it_did_anything) {
  for (const char* error : {"LOADING data", "MASTERDOWN link", "OOM command not allowed", "CLUSTERDOWN hash slot",
                            "MOVED 7 10.0.0.2:7001"}) {
    calls.ask(who);
    calls.answer("-" + std::string(error) + "\r\n");
    EXPECT_EQ(who.outcome, "not executed: " + std::string(error));
  }
  EXPECT_TRUE(calls.table.connected());
}

TEST_F(call_table_test, does_not_know_what_a_script_did_that_failed) {
  calls.ask(who);
  calls.answer("-WRONGTYPE Operation\r\n");
  EXPECT_EQ(who.outcome, "unknown: WRONGTYPE Operation");
}

TEST_F(call_table_test, says_an_error_of_redis_once_in_a_while) {
  for (int n = 0; n < 3; ++n) {
    calls.ask(who);
    calls.answer("-OOM command not allowed\r\n");
  }
  EXPECT_THAT(calls.said, ElementsAre("OOM command not allowed"));
  calls.tick(10s);
  calls.ask(who);
  calls.answer("-OOM command not allowed\r\n");
  EXPECT_THAT(calls.said, SizeIs(2));
}

TEST_F(call_table_test, leaves_a_master_that_became_a_replica) {
  calls.ask(who);
  calls.answer("-READONLY You can't write against a read only replica.\r\n");
  EXPECT_THAT(who.outcome, StartsWith("not executed: READONLY"));
  EXPECT_TRUE(calls.has_done(kind::close));
  EXPECT_FALSE(calls.table.connected());
}

TEST_F(call_table_test, waits_a_moment_before_it_tries_again) {
  calls.ask(who);
  calls.answer("-TRYAGAIN Multiple keys\r\n");
  EXPECT_THAT(calls.sent, SizeIs(1));
  calls.tick(10ms);
  EXPECT_THAT(calls.sent, SizeIs(2));
  calls.answer("+yes\r\n");
  EXPECT_EQ(who.outcome, "= yes");
}

TEST_F(call_table_test, tries_nothing_again_at_the_deadline) {
  calls.ask(who, 30ms);
  calls.answer("-TRYAGAIN Multiple keys\r\n");
  calls.tick(30ms);
  EXPECT_EQ(who.outcome, "not executed: no time was left to try again");
  EXPECT_THAT(calls.sent, SizeIs(1));
}

TEST_F(call_table_test, ends_every_call_when_it_stops) {
  calls.ask(who);
  calls.write();
  calls.ask(other);
  calls.answer("-TRYAGAIN Multiple keys\r\n");  // of the first, which waits now
  calls.stop();
  EXPECT_EQ(who.outcome, "not executed: this node stops");
  EXPECT_EQ(other.outcome, "unknown: the connection was lost");
  EXPECT_EQ(calls.table.under_way(), 0U);
}

TEST_F(call_table_test, asks_for_no_tick_while_nothing_is_to_be_done) {
  calls.tick(10ms);
  calls.done.clear();
  calls.tick(10ms);
  EXPECT_THAT(calls.done, IsEmpty());
  calls.ask(who);
  EXPECT_THAT(calls.done, ElementsAre(kind::tick_soon));
}

}  // namespace
}  // namespace firstcome::redis
