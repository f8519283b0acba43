#include "runtime/nearest_word.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace firstcome::runtime {
namespace {

const std::vector<std::string> commands{"serve", "api", "worker", "migrate", "coupon", "audit", "dead-letters"};

TEST(nearest_word, counts_a_letter_too_many_too_few_wrong_or_two_that_changed_places) {
  EXPECT_EQ(mistakes_between("serve", "serve"), 0U);
  EXPECT_EQ(mistakes_between("serv", "serve"), 1U);
  EXPECT_EQ(mistakes_between("servee", "serve"), 1U);
  EXPECT_EQ(mistakes_between("sarve", "serve"), 1U);
  EXPECT_EQ(mistakes_between("sevre", "serve"), 1U);
  EXPECT_EQ(mistakes_between("", "abc"), 3U);
  EXPECT_EQ(mistakes_between("abc", ""), 3U);
  EXPECT_EQ(mistakes_between("kitten", "sitting"), 3U);
}

TEST(nearest_word, finds_what_was_meant) {
  EXPECT_EQ(nearest_word("serv", commands), "serve");
  EXPECT_EQ(nearest_word("wroker", commands), "worker");
  EXPECT_EQ(nearest_word("migrat", commands), "migrate");
  EXPECT_EQ(nearest_word("deadletters", commands), "dead-letters");
  EXPECT_EQ(nearest_word("dead", commands), "dead-letters") << "begun only";
  EXPECT_EQ(nearest_word("coupons", commands), "coupon");
}

TEST(nearest_word, says_nothing_when_no_word_is_near) {
  for (const char* other : {"", "x", "ap", "dance", "delete", "start", "oupn-list"})
    EXPECT_EQ(nearest_word(other, commands), std::nullopt) << other;
  EXPECT_EQ(nearest_word("serve", std::vector<std::string>{}), std::nullopt);
}

TEST(nearest_word, takes_the_first_of_two_that_are_as_near) {
  EXPECT_EQ(nearest_word("stop-id", std::vector<std::string>{"stop-it", "stop-in"}), "stop-it");
}

}  // namespace
}  // namespace firstcome::runtime
