// The blocking conversation, with a real Redis.

#include "redis/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/handshake.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::redis {
namespace {

using firstcome::testing::eventually;
using firstcome::testing::redis_server;
using firstcome::testing::tcp_gate;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const script add{"return redis.call('INCRBY', KEYS[1], ARGV[1])"};

session::options session_at(const std::string& url, durability wanted = durability::always) {
  return {.at = parse_address(url), .wanted = wanted};
}

/// What a first call fails with; empty when it does not.
template <class Failure>
std::string failure_of(const session::options& with) {
  session talk(with);
  try {
    talk.call("", {"PING"});
    return "";
  } catch (const Failure& failure) {
    return failure.what();
  }
}

TEST(redis_session, calls_and_runs_scripts_that_redis_has_never_seen) {
  redis_server redis;
  session talk(session_at(redis.url()));
  EXPECT_EQ(talk.call("a", {"SET", "a", "1"}).text(), "OK");
  EXPECT_EQ(talk.run(add, {"a"}, {"41"}).integer(), 42);
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 43);
  redis.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 44);
}

TEST(redis_session, fetches_ahead) {
  redis_server redis;
  session talk(session_at(redis.url()));
  talk.start(add, {"a"}, {"1"});
  EXPECT_EQ(talk.finish().integer(), 1);
  talk.start(add, {"a"}, {"1"});
  EXPECT_EQ(talk.finish().integer(), 2);
}

TEST(redis_session, calls_in_a_row_share_one_deadline) {
  redis_server redis;
  tcp_gate gate(redis.port());
  session talk({.at = parse_address("redis://" + gate.address()), .connect_timeout = 20s, .reply_timeout = 20s});
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 1);
  gate.stall(tcp_gate::direction::to_client);
  const auto began = std::chrono::steady_clock::now();
  talk.until(runtime::deadline::after(300ms));
  EXPECT_THROW(talk.run(add, {"a"}, {"1"}), store_unavailable);
  const std::uint64_t sent = gate.passed(tcp_gate::direction::to_server);
  for (int n = 0; n < 2; ++n) EXPECT_THROW(talk.run(add, {"a"}, {"1"}), runtime::deadline_passed);
  EXPECT_EQ(gate.passed(tcp_gate::direction::to_server), sent) << "surely not done";
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  gate.release();
  talk.until(runtime::deadline::never());
  EXPECT_EQ(talk.call("a", {"GET", "a"}).text(), "2");
}

TEST(redis_session, a_deadline_ends_the_wait_for_a_connection) {
  redis_server redis;
  tcp_gate gate(redis.port());
  gate.stall(tcp_gate::direction::to_client);
  session talk({.at = parse_address("redis://" + gate.address()), .connect_timeout = 20s, .reply_timeout = 20s});
  const auto began = std::chrono::steady_clock::now();
  talk.until(runtime::deadline::after(300ms));
  EXPECT_THROW(talk.call("", {"PING"}), store_unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
}

TEST(redis_session, never_takes_the_answer_of_a_call_that_was_given_up_for_another_one) {
  redis_server redis;
  session talk(session_at(redis.url()));
  talk.start(add, {"a"}, {"1"});
  EXPECT_EQ(talk.call("b", {"ECHO", "mine"}).text(), "mine");
}

TEST(redis_session, gives_an_error_reply_as_a_reply) {
  redis_server redis;
  session talk(session_at(redis.url()));
  const reply answer = talk.call("a", {"HGET", "a"});
  EXPECT_TRUE(answer.is_error());
  EXPECT_THAT(std::string(answer.text()), HasSubstr("wrong number of arguments"));
}

TEST(redis_session, is_unavailable_while_redis_is_stopped_and_never_takes_the_late_answer_for_that_of_the_next_call) {
  redis_server redis;
  session::options with = session_at(redis.url());
  with.reply_timeout = 200ms;
  session talk(with);
  talk.call("", {"PING"});
  redis.pause();
  EXPECT_THROW(talk.call("a", {"ECHO", "late"}), store_unavailable);
  redis.resume();
  EXPECT_EQ(talk.call("a", {"ECHO", "mine"}).text(), "mine");
}

TEST(redis_session, does_not_know_the_outcome_of_a_call_whose_answer_was_cut_off) {
  redis_server redis;
  tcp_gate gate(redis.port());
  session talk(session_at("redis://" + gate.address()));
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 1);
  gate.cut_after(tcp_gate::direction::to_client, 1);
  EXPECT_THROW(talk.run(add, {"a"}, {"1"}), store_unavailable);
  EXPECT_EQ(redis.ask({"GET", "a"}), "2");
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 3);
}

TEST(redis_session, takes_an_answer_that_has_arrived_even_when_it_is_fetched_late) {
  redis_server redis;
  session::options with = session_at(redis.url());
  with.reply_timeout = 50ms;
  session talk(with);
  talk.start(add, {"a"}, {"1"});
  talk.finish();
  talk.start(add, {"a"}, {"1"});
  ASSERT_TRUE(eventually([&] { return redis.ask({"GET", "a"}) == "2"; }));
  std::this_thread::sleep_for(2 * with.reply_timeout);  // the time that the caller needs for something else
  EXPECT_EQ(talk.finish().integer(), 2);
}

TEST(redis_session, gives_up_when_the_answer_is_held_back) {
  redis_server redis;
  tcp_gate gate(redis.port());
  session::options with = session_at("redis://" + gate.address());
  with.reply_timeout = 200ms;
  session talk(with);
  talk.call("", {"PING"});
  gate.stall(tcp_gate::direction::to_client);
  EXPECT_THROW(talk.call("", {"ECHO", "late"}), store_unavailable);
  gate.release();
  EXPECT_EQ(talk.call("", {"ECHO", "mine"}).text(), "mine");
}

TEST(redis_session, survives_a_restart_between_two_calls_without_a_failure) {
  redis_server redis;
  session talk(session_at(redis.url()));
  talk.run(add, {"a"}, {"1"});
  redis.kill();
  redis.start();
  EXPECT_EQ(talk.run(add, {"a"}, {"1"}).integer(), 2);
}

TEST(redis_session, reports_redis_out_of_memory_as_an_answer) {
  redis_server redis;
  session talk(session_at(redis.url()));
  talk.call("a", {"SET", "a", "1"});
  redis.ask({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_THAT(std::string(talk.run(add, {"a"}, {"1"}).text()), HasSubstr("OOM"));
}

TEST(redis_session, logs_in_and_says_when_the_password_is_missing_or_wrong) {
  redis_server redis({"--requirepass", "s3cr@t"});
  const std::string host = redis.address();
  EXPECT_EQ(failure_of<store_unavailable>(session_at("redis://:s3cr%40t@" + host)), "");
  EXPECT_THAT(failure_of<misconfigured>(session_at("redis://" + host)), HasSubstr("wants a password"));
  const std::string wrong = failure_of<misconfigured>(session_at("redis://:guess@" + host));
  EXPECT_THAT(wrong, HasSubstr("does not accept the user or password"));
  EXPECT_EQ(wrong.find("guess"), std::string::npos);
}

TEST(redis_session, chooses_the_database_of_the_url) {
  redis_server redis;
  session three(session_at(redis.url() + "/3"));
  three.call("a", {"SET", "a", "three"});
  session none(session_at(redis.url()));
  EXPECT_TRUE(none.call("a", {"GET", "a"}).is_nil());
  EXPECT_THAT(failure_of<misconfigured>(session_at(redis.url() + "/99")), HasSubstr("does not have that database"));
}

TEST(redis_session, does_not_write_to_a_replica_and_takes_the_next_host) {
  redis_server master;
  redis_server replica({"--replicaof", "127.0.0.1 " + std::to_string(master.port())});
  EXPECT_THAT(failure_of<store_unavailable>(session_at(replica.url())), HasSubstr("is a replica"));
  session talk(session_at(replica.url() + "," + master.address()));
  EXPECT_EQ(talk.call("a", {"SET", "a", "1"}).text(), "OK");
  EXPECT_EQ(master.ask({"GET", "a"}), "1");
}

struct weakness {
  const char* setting;
  const char* value;
  durability refused_up_to;  // accepted from the next weaker one on
};

class durability_check : public ::testing::TestWithParam<weakness> {};

TEST_P(durability_check, refuses_what_is_weaker_than_wanted_and_names_it) {
  redis_server redis({std::string("--") + GetParam().setting, GetParam().value});
  for (const durability wanted : {durability::always, durability::everysec, durability::none, durability::assumed}) {
    const std::string failure = failure_of<not_durable_enough>(session_at(redis.url(), wanted));
    if (wanted <= GetParam().refused_up_to) {
      EXPECT_THAT(failure, HasSubstr(GetParam().setting)) << static_cast<int>(wanted);
      EXPECT_THAT(failure, HasSubstr(std::string("'") + GetParam().value + "'")) << static_cast<int>(wanted);
    } else {
      EXPECT_EQ(failure, "") << static_cast<int>(wanted);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(settings, durability_check,
                         ::testing::Values(weakness{"appendonly", "no", durability::everysec},
                                           weakness{"appendfsync", "everysec", durability::always},
                                           weakness{"appendfsync", "no", durability::everysec},
                                           weakness{"no-appendfsync-on-rewrite", "yes", durability::everysec},
                                           weakness{"maxmemory-policy", "allkeys-lru", durability::none}));

TEST(redis_session, suggests_to_assume_the_durability_where_config_is_forbidden) {
  redis_server redis;
  redis.ask({"ACL", "SETUSER", "limited", "on", ">word", "~*", "+@all", "-config", "-role"});
  const std::string url = "redis://limited:word@" + redis.address();
  EXPECT_THAT(failure_of<misconfigured>(session_at(url)), HasSubstr("'assumed'"));
  EXPECT_EQ(failure_of<store_unavailable>(session_at(url, durability::assumed)), "");
}

TEST(redis_session, refuses_a_user_who_may_not_run_scripts) {
  redis_server redis;
  redis.ask({"ACL", "SETUSER", "limited", "on", ">word", "~*", "&*", "+@all", "-eval", "-evalsha"});
  EXPECT_THAT(failure_of<misconfigured>(session_at("redis://limited:word@" + redis.address())),
              HasSubstr("+@scripting"));
  redis.ask({"ACL", "SETUSER", "limited", "+eval", "+evalsha", "-info"});
  EXPECT_THAT(failure_of<misconfigured>(session_at("redis://limited:word@" + redis.address())), HasSubstr("INFO"));
}

TEST(redis_session, runs_a_script_for_each_without_waiting_in_between) {
  redis_server redis;
  session talk(session_at(redis.url()));
  std::vector<session::script_call> calls;
  for (int n = 0; n < 1'000; ++n) calls.push_back({{"k" + std::to_string(n)}, {std::to_string(n)}});
  std::vector<std::int64_t> answers;
  talk.run_each(add, calls, [&](const reply& one) { answers.push_back(one.integer()); });
  ASSERT_EQ(answers.size(), 1'000U);
  for (int n = 0; n < 1'000; ++n) EXPECT_EQ(answers[static_cast<std::size_t>(n)], n);
  EXPECT_EQ(talk.call("", {"PING"}).text(), "PONG");
}

TEST(redis_session, says_when_a_single_redis_is_called_a_cluster) {
  redis_server redis;
  EXPECT_THAT(failure_of<misconfigured>(session_at("redis+cluster://" + redis.address())),
              HasSubstr("is not a cluster"));
}

}  // namespace
}  // namespace firstcome::redis
