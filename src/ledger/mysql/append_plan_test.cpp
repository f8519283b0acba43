#include "ledger/mysql/append_plan.hpp"

#include <gtest/gtest.h>

namespace firstcome::ledger {
namespace {

constexpr coupon_id one_coupon{1};

new_issue row(sequence_number sequence, std::int64_t user) {
  return {one_coupon, user_id{user}, sequence, {}};
}
dead_letter letter(sequence_number sequence, std::optional<user_id> user) {
  return {0, one_coupon, sequence, user, {}, ""};
}

TEST(append_plan, leaves_out_what_is_there_as_it_is_wanted) {
  const std::vector<new_issue> rows = {row(1, 11), row(2, 12), row(3, 13)};
  const std::vector<dead_letter> dead = {letter(4, user_id{14}), letter(5, std::nullopt)};
  const std::vector<taken_place> taken = {{2, user_id{12}}, {5, user_id{15}}};
  const auto plan = plan_append(rows, dead, taken);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->rows.size(), 2u);
  EXPECT_EQ(plan->rows[1].sequence, 3);
  ASSERT_EQ(plan->dead.size(), 1u);
  EXPECT_EQ(plan->dead[0].sequence, 4);
}

TEST(append_plan, is_none_when_a_user_or_a_place_is_somebody_elses) {
  const std::vector<new_issue> rows = {row(1, 11), row(2, 12)};
  EXPECT_FALSE(plan_append(rows, {}, std::vector<taken_place>{{2, user_id{99}}}));
  EXPECT_FALSE(plan_append(rows, {}, std::vector<taken_place>{{9, user_id{12}}}));
  EXPECT_FALSE(
      plan_append({}, std::vector<dead_letter>{letter(2, user_id{12})}, std::vector<taken_place>{{9, user_id{12}}}));
  EXPECT_TRUE(plan_append(rows, {}, std::vector<taken_place>{{9, user_id{99}}}));
}

TEST(append_plan, takes_a_place_whose_user_is_unknown_for_the_same) {
  const std::vector<new_issue> rows = {row(1, 11)};
  const auto plan = plan_append(rows, {}, std::vector<taken_place>{{1, std::nullopt}});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->rows.empty());
}

TEST(append_plan, tells_whether_a_batch_fills_every_place_between_its_cursors_once) {
  const auto dense = [](sequence_number from, sequence_number to, std::vector<new_issue> rows,
                        std::vector<dead_letter> dead = {}) {
    return is_dense(one_coupon, {{1, "", "", from}, {1, "", "", to}, std::move(rows), std::move(dead)});
  };
  EXPECT_TRUE(dense(0, 0, {}));
  EXPECT_TRUE(dense(3, 6, {row(4, 1), row(6, 2)}, {letter(5, std::nullopt)}));
  EXPECT_FALSE(dense(3, 6, {row(4, 1), row(6, 2)}));
  EXPECT_FALSE(dense(3, 5, {row(4, 1), row(4, 2)}));
  EXPECT_FALSE(dense(3, 5, {row(4, 1), row(6, 2)}));
  EXPECT_FALSE(dense(3, 5, {row(3, 1), row(4, 2)}));
  EXPECT_FALSE(dense(5, 3, {}));
  EXPECT_FALSE(dense(0, 1, {{coupon_id{2}, user_id{1}, 1, {}}}));
  EXPECT_FALSE(dense(0, quantity_max, {row(1, 1)}));
}

}  // namespace
}  // namespace firstcome::ledger
