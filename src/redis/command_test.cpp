#include "redis/command.hpp"

#include <gtest/gtest.h>

#include <array>

namespace firstcome::redis {
namespace {

constexpr std::array<std::string_view, 1> keys{"k"};
constexpr std::array<std::string_view, 2> args{"1", std::string_view("a\r\nb", 4)};

TEST(redis_command, is_written_in_the_protocol) {
  command get;
  get.fill(std::array<std::string_view, 2>{"GET", "käse"});
  EXPECT_EQ(get.bytes(), "*2\r\n$3\r\nGET\r\n$5\r\nkäse\r\n");
  EXPECT_FALSE(get.send_in_full());
}

TEST(redis_command, names_a_script_and_then_sends_it_in_full_once) {
  const script one("return 1");
  EXPECT_EQ(one.sha(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");  // as in Redis' own documentation
  command run;
  run.fill(one, keys, args);
  EXPECT_EQ(run.bytes(),
            "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n"
            "$1\r\n1\r\n$1\r\nk\r\n$1\r\n1\r\n$4\r\na\r\nb\r\n");
  EXPECT_TRUE(run.send_in_full());
  EXPECT_EQ(run.bytes(), "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\n1\r\n$4\r\na\r\nb\r\n");
  EXPECT_FALSE(run.send_in_full());
}

TEST(redis_command, can_be_filled_again) {
  command reused;
  reused.fill(script("return 1"), keys, args);
  reused.fill(std::array<std::string_view, 1>{"PING"});
  EXPECT_EQ(reused.bytes(), "*1\r\n$4\r\nPING\r\n");
}

}  // namespace
}  // namespace firstcome::redis
