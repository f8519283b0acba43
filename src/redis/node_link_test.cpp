#include "redis/node_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/redis_reply.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::parsed_reply;
using ::testing::HasSubstr;
using order = node_link::order;
using state = node_link::state;
using namespace std::chrono_literals;

const address somewhere{.nodes = {}, .user = {}, .password = {}, .database = 0, .cluster = false, .tls = false};
constexpr monotonic start = monotonic{} + 1h;
constexpr auto longest_pause = backoff::longest;

class node_link_test : public ::testing::Test {
 protected:
  handshake hello{somewhere, durability::assumed};
  node_link link{{{"10.0.0.1", 7000}, {"10.0.0.2", 7001}}, hello, 300ms, 1};
  node_link named{{{"redis.test", 7000}}, hello, 300ms, 1};
  monotonic at = start;

  void greet(node_link& which) {
    which.opened();
    for (std::size_t n = 0; n < hello.size(); ++n) which.greeted(n, parsed_reply("+OK\r\n"));
  }
};

TEST_F(node_link_test, connects_at_once_to_a_host_in_numbers) {
  EXPECT_EQ(link.tick(at, true), order::connect);
  EXPECT_EQ(link.numeric_host(), "10.0.0.1");
}

TEST_F(node_link_test, stays_down_while_nobody_wants_it) {
  EXPECT_EQ(link.tick(at, false), order::nothing);
  EXPECT_EQ(link.now(), state::down);
}

TEST_F(node_link_test, is_ready_after_the_last_answer_of_the_handshake) {
  link.tick(at, true);
  link.opened();
  for (std::size_t n = 0; n < hello.size(); ++n) {
    EXPECT_FALSE(link.ready());
    EXPECT_EQ(link.greeted(n, parsed_reply("+OK\r\n")), order::nothing);
  }
  EXPECT_TRUE(link.ready());
  EXPECT_EQ(link.tick(at + 1h, true), order::nothing);
}

TEST_F(node_link_test, is_closed_with_the_sentence_of_the_handshake_that_refuses) {
  link.tick(at, true);
  link.opened();
  EXPECT_EQ(link.greeted(0, parsed_reply("-LOADING data\r\n")), order::close);
  EXPECT_EQ(link.now(), state::closing);
  EXPECT_EQ(link.greeted(1, parsed_reply("+OK\r\n")), order::nothing);
  link.closed("whatever the socket says", at);
  EXPECT_THAT(link.why(), HasSubstr("Redis at 10.0.0.1:7000: is not ready"));
}

TEST_F(node_link_test, looks_a_name_up_and_tries_each_of_its_addresses_without_a_pause) {
  EXPECT_EQ(named.tick(at, true), order::resolve);
  EXPECT_EQ(named.resolved(named.attempt(), {"10.0.0.8", "10.0.0.9"}), order::connect);
  EXPECT_EQ(named.numeric_host(), "10.0.0.8");
  named.closed("refused", at);
  EXPECT_EQ(named.tick(at, true), order::connect);
  EXPECT_EQ(named.numeric_host(), "10.0.0.9");
  named.closed("refused", at);
  EXPECT_EQ(named.tick(at, true), order::nothing);
  EXPECT_EQ(named.tick(at + backoff::shortest, true), order::resolve) << "it may have other addresses by now";
}

TEST_F(node_link_test, takes_no_answer_of_the_name_service_that_belongs_to_an_earlier_attempt) {
  named.tick(at, true);
  const unsigned first = named.attempt();
  EXPECT_EQ(named.tick(at + 300ms, true), order::close);
  named.closed("", at + 300ms);
  EXPECT_EQ(named.tick(at + 1h, true), order::resolve);
  EXPECT_EQ(named.resolved(first, {"10.0.0.8"}), order::nothing);
  EXPECT_EQ(named.not_resolved(first, "no such name"), order::nothing);
  EXPECT_EQ(named.now(), state::resolving);
}

TEST_F(node_link_test, waits_before_it_looks_up_again_a_name_that_nobody_knows) {
  named.tick(at, true);
  EXPECT_EQ(named.not_resolved(named.attempt(), "no such name"), order::close);
  named.closed("", at);
  EXPECT_THAT(named.why(), HasSubstr("no such name"));
  EXPECT_EQ(named.tick(at, true), order::nothing);
  named.tick(at + 1h, true);
  EXPECT_EQ(named.resolved(named.attempt(), {}), order::close) << "a name without an address";
}

TEST_F(node_link_test, gives_an_attempt_up_that_takes_too_long_in_each_of_its_steps) {
  EXPECT_EQ(link.tick(at, true), order::connect);
  EXPECT_EQ(link.tick(at + 299ms, true), order::nothing);
  EXPECT_EQ(link.tick(at + 300ms, true), order::close);
  link.closed("", at + 300ms);
  EXPECT_THAT(link.why(), HasSubstr("did not answer in time"));
  EXPECT_EQ(link.tick(at + 1h, true), order::connect);
  link.opened();
  EXPECT_EQ(link.tick(at + 2h, true), order::close);
}

TEST_F(node_link_test, goes_on_to_the_next_host_and_round_again) {
  std::vector<std::string> tried;
  for (int n = 0; n < 3; ++n) {
    ASSERT_EQ(link.tick(at, true), order::connect);
    tried.push_back(link.numeric_host());
    link.closed("refused", at);
    at += longest_pause;
  }
  EXPECT_EQ(tried, (std::vector<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.1"}));
}

TEST_F(node_link_test, waits_longer_from_attempt_to_attempt_until_one_succeeds) {
  const auto pause_after_a_failure = [&] {
    link.closed("refused", at);
    const monotonic from = at;
    while (link.tick(at, true) == order::nothing) at += 1ms;
    return at - from;
  };
  link.tick(at, true);
  EXPECT_LE(pause_after_a_failure(), backoff::shortest);
  for (int n = 0; n < 8; ++n) pause_after_a_failure();
  EXPECT_GE(pause_after_a_failure(), longest_pause / 2);
  greet(link);
  ASSERT_TRUE(link.ready());
  EXPECT_LE(pause_after_a_failure(), backoff::shortest);
}

TEST_F(node_link_test, knows_which_calls_may_have_left) {
  link.tick(at, true);
  greet(link);
  const auto first = link.take();
  link.writing();
  const auto second = link.take();
  EXPECT_TRUE(link.may_have_left(first));
  EXPECT_FALSE(link.may_have_left(second));
}

TEST_F(node_link_test, is_closed_once_and_keeps_the_first_reason) {
  EXPECT_EQ(link.close("too early"), order::nothing);
  link.tick(at, true);
  EXPECT_EQ(link.close("first"), order::close);
  EXPECT_EQ(link.close("second"), order::nothing);
  link.closed("third", at);
  EXPECT_EQ(link.why(), "Redis at 10.0.0.1:7000: first");
  link.closed("fourth", at);
  EXPECT_EQ(link.why(), "Redis at 10.0.0.1:7000: first");
}

}  // namespace
}  // namespace firstcome::redis
