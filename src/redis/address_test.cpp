#include "redis/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace firstcome::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal_of(std::string_view url) {
  try {
    parse_address(url);
    return "";
  } catch (const std::invalid_argument& refusal) {
    return refusal.what();
  }
}

TEST(redis_address, has_a_host_and_defaults) {
  const address read = parse_address("redis://redis");
  EXPECT_EQ(read.nodes, (std::vector<node_address>{{"redis", 6379}}));
  EXPECT_FALSE(read.cluster);
  EXPECT_FALSE(read.tls);
  EXPECT_EQ(read.database, 0);
  EXPECT_TRUE(read.password.empty());
}

TEST(redis_address, has_many_hosts_a_login_and_a_database) {
  const address read = parse_address("redis://me:pass@a:1,b,[::1]:3/7");
  EXPECT_EQ(read.nodes, (std::vector<node_address>{{"a", 1}, {"b", 6379}, {"::1", 3}}));
  EXPECT_EQ(read.user, "me");
  EXPECT_EQ(read.password.reveal(), "pass");
  EXPECT_EQ(read.database, 7);
  EXPECT_EQ(to_string(read), "redis://me@a:1,b:6379,[::1]:3/7");
}

TEST(redis_address, takes_any_character_in_a_password) {
  EXPECT_EQ(parse_address("redis://:a%40b%2Fc%25@h").password.reveal(), "a@b/c%");
  EXPECT_EQ(parse_address("redis://:a@b/c:d@h").password.reveal(), "a@b/c:d");
  EXPECT_EQ(parse_address("redis://me@h").user, "me");
}

TEST(redis_address, may_be_a_cluster) {
  const address read = parse_address("redis+cluster://a,b:7000");
  EXPECT_TRUE(read.cluster);
  EXPECT_EQ(to_string(read), "redis+cluster://a:6379,b:7000");
  EXPECT_THAT(refusal_of("redis+cluster://a/1"), HasSubstr("a Redis Cluster has only 0"));
}

TEST(redis_address, says_what_is_wrong) {
  EXPECT_THAT(refusal_of("http://a"), HasSubstr("must begin with redis://"));
  EXPECT_THAT(refusal_of("redis://"), HasSubstr("names no host"));
  EXPECT_THAT(refusal_of("redis://a,,b"), HasSubstr("names no host"));
  EXPECT_THAT(refusal_of("redis://a:0"), HasSubstr("'0'"));
  EXPECT_THAT(refusal_of("redis://a:65536"), HasSubstr("'65536'"));
  EXPECT_THAT(refusal_of("redis://[::1"), HasSubstr("without a ]"));
  EXPECT_THAT(refusal_of("redis://a/x"), HasSubstr("'x'"));
  EXPECT_THAT(refusal_of("redis://a/-1"), HasSubstr("'-1'"));
}

TEST(redis_address, never_quotes_the_password) {
  for (const char* url : {"redis://:hunter2%@a", "redis://me:hunter2@", "redis://:hunter2@a:x", "nonsense:hunter2@a"}) {
    EXPECT_NE(refusal_of(url), "") << url;
    EXPECT_THAT(refusal_of(url), Not(HasSubstr("hunter2"))) << url;
  }
  EXPECT_THAT(to_string(parse_address("redis://me:hunter2@a")), Not(HasSubstr("hunter2")));
}

#if !defined(FIRSTCOME_REDIS_TLS)
TEST(redis_address, refuses_tls_where_hiredis_is_too_old_and_says_so) {
  EXPECT_THAT(refusal_of("rediss://a"), HasSubstr("hiredis 1.0"));
}
#else
TEST(redis_address, may_ask_for_tls) {
  EXPECT_TRUE(parse_address("rediss://a").tls);
  EXPECT_TRUE(parse_address("rediss+cluster://a").tls);
}
#endif

}  // namespace
}  // namespace firstcome::redis
