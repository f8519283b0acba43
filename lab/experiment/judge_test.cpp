#include "lab/experiment/judge.hpp"

#include <gtest/gtest.h>

namespace firstcome::lab {
namespace {

evidence of_rows(std::vector<std::int64_t> users, std::int64_t issued_quantity) {
  evidence e{.quantity = 3, .asked = 10};
  e.accepted.insert(users.begin(), users.end());
  e.in_the_end = {.issued_quantity = issued_quantity, .users = std::move(users)};
  return e;
}

TEST(lab_judge, is_content_when_everything_was_given_out_once) {
  EXPECT_EQ(to_string(judge(of_rows({7, 3, 9}, 3))), "holds");
}

TEST(lab_judge, is_content_when_fewer_asked_than_there_were) {
  evidence e = of_rows({7, 3}, 2);
  e.asked = 2;
  EXPECT_TRUE(judge(e).holds());
}

TEST(lab_judge, sees_rows_beyond_the_quantity) {
  EXPECT_EQ(to_string(judge(of_rows({1, 2, 3, 4, 5}, 5))), "over-issued by 2");
}

TEST(lab_judge, sees_a_count_that_is_not_the_rows) {
  EXPECT_EQ(to_string(judge(of_rows({1, 2, 3, 4}, 3))), "over-issued by 1, count off by -1");
}

TEST(lab_judge, sees_a_user_who_was_served_twice) {
  EXPECT_EQ(to_string(judge(of_rows({1, 2, 2}, 3))), "1 duplicate");
}

TEST(lab_judge, sees_coupons_that_nobody_got) {
  EXPECT_EQ(to_string(judge(of_rows({1}, 1))), "under-issued by 2");
}

TEST(lab_judge, sees_a_yes_without_a_row) {
  evidence e = of_rows({1, 2, 3}, 3);
  e.accepted.insert(4);
  EXPECT_EQ(to_string(judge(e)), "1 accepted and lost");
}

}  // namespace
}  // namespace firstcome::lab
