#include "redis/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/redis_text.hpp"

namespace firstcome::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::reply_of;
using testing::resp;

class handshake_test : public ::testing::Test {
 protected:
  /// What is said of the answer to the command that begins with this word.
  std::optional<handshake::refusal> checked(std::string_view command, const std::string& answer,
                                            durability wanted = durability::always) {
    const address at = parse_address("redis://somewhere");
    const handshake hello(at, wanted);
    const reply said = reply_of(answer);
    for (std::size_t n = 0; n < hello.size(); ++n)
      if (hello.bytes(n).find(command) != std::string::npos) return hello.check(n, said);
    ADD_FAILURE() << "nobody says " << command;
    return std::nullopt;
  }
  std::optional<handshake::refusal> version(const std::string& of) {
    return checked("INFO", resp("# Server\r\nredis_version:" + of + "\r\nredis_mode:standalone\r\n"));
  }
};

TEST_F(handshake_test, an_old_redis_is_refused_with_the_version_that_is_needed) {
  for (const char* old : {"6.2.14", "5.0.7", "6.0.16"}) {
    const auto refusal = version(old);
    ASSERT_TRUE(refusal) << old;
    EXPECT_EQ(refusal->kind, handshake::fault::misconfigured);
    EXPECT_THAT(refusal->sentence, HasSubstr(old));
    EXPECT_THAT(refusal->sentence, HasSubstr("7.0"));
  }
  for (const char* fit : {"7.0.15", "7.2.4", "8.0.6", "10.1.0"}) EXPECT_FALSE(version(fit)) << fit;
}

TEST_F(handshake_test, a_user_who_may_not_run_scripts_is_told_what_to_allow) {
  for (const char* error : {"-NOPERM User limited has no permissions to run the 'eval' command\r\n",
                            "-ERR The user executing the script can't run this command or subcommand\r\n",
                            "-ERR unknown command 'EVAL', with args beginning with: \r\n"}) {
    const auto refusal = checked("EVAL", error);
    ASSERT_TRUE(refusal) << error;
    EXPECT_EQ(refusal->kind, handshake::fault::misconfigured) << error;
    EXPECT_THAT(refusal->sentence, HasSubstr("+@scripting")) << error;
  }
  const auto busy = checked("EVAL", "-BUSY Redis is busy running a script\r\n");
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->kind, handshake::fault::not_now);
}

// CONFIG SET appendonly yes writes the file anew from memory: over all that a Redis had that came up empty by mistake.
TEST_F(handshake_test, the_advice_for_a_redis_without_a_file_destroys_no_file) {
  const auto refusal = checked("appendonly", "*2\r\n" + resp("appendonly") + resp("no"));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->kind, handshake::fault::not_durable_enough);
  EXPECT_THAT(refusal->sentence, Not(HasSubstr("CONFIG SET")));
  EXPECT_THAT(refusal->sentence, HasSubstr("Restart it with appendonly yes"));
}

}  // namespace
}  // namespace firstcome::redis
