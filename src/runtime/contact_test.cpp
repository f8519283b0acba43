#include "runtime/contact.hpp"

#include <gtest/gtest.h>

namespace firstcome::runtime {
namespace {

using namespace std::chrono_literals;

TEST(contact, is_lost_from_a_failure_to_the_next_answer) {
  contact with;
  EXPECT_FALSE(with.lost());
  with.failed();
  EXPECT_TRUE(with.lost());
  with.answered();
  EXPECT_FALSE(with.lost());
}

TEST(contact, is_not_lost_for_a_failure_of_long_ago) {
  contact with;
  const auto then = contact::clock::now();
  with.failed(then);
  EXPECT_TRUE(with.lost(then + contact::believed_for - 1ms));
  EXPECT_FALSE(with.lost(then + contact::believed_for));
}

}  // namespace
}  // namespace firstcome::runtime
