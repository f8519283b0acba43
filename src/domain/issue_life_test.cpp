#include "domain/issue_life.hpp"

#include <gtest/gtest.h>

namespace firstcome {
namespace {

constexpr std::int32_t minimum = 1000;
const timestamp now = from_microseconds(1'800'000'000'000'000);
const timestamp later = now + std::chrono::seconds(5);

class issue_life : public ::testing::Test {
 protected:
  /// What the step answers; what it changes is kept, as a ledger keeps it.
  result<issue_record> ask(const issue_step& step, timestamp at = now) {
    const result<issue_after_step> after = after_step(stored_, step, minimum, at);
    if (!after) return after.error();
    changed_ = after->changed;
    stored_ = after->issue;
    return stored_.record;
  }

  stored_issue stored_{{coupon_id{1}, user_id{2}, 3, issue_status::issued, now, {}}};
  bool changed_ = false;
};

TEST_F(issue_life, the_same_order_may_use_it_again_and_hears_the_same) {
  const issue_record first = ask(use_step{1000, "A-1"}).value();
  EXPECT_EQ(first.status, issue_status::used);
  EXPECT_EQ(first.date_used, now);
  EXPECT_TRUE(changed_);
  EXPECT_EQ(ask(use_step{1000, "A-1"}, later).value(), first);
  EXPECT_FALSE(changed_);
}

TEST_F(issue_life, another_order_or_one_without_a_name_hears_already_used) {
  ask(use_step{1000, "A-1"});
  EXPECT_EQ(ask(use_step{1000, "A-2"}).error(), errc::already_used);
  EXPECT_EQ(ask(use_step{1000}).error(), errc::already_used);
}

TEST_F(issue_life, a_use_without_an_order_is_never_the_same_again) {
  ask(use_step{1000});
  EXPECT_EQ(ask(use_step{1000}).error(), errc::already_used);
  EXPECT_EQ(ask(use_step{1000, "A-1"}).error(), errc::already_used);
}

TEST_F(issue_life, a_small_order_does_not_use_it) {
  EXPECT_EQ(ask(use_step{999, "A-1"}).error(), errc::below_minimum);
  EXPECT_FALSE(stored_.record.date_used);
}

TEST_F(issue_life, the_order_that_used_it_undoes_the_use_and_may_ask_again) {
  ask(use_step{1000, "A-1"});
  EXPECT_EQ(ask(undo_use_step{"A-2"}).error(), errc::used_by_another_order);
  EXPECT_EQ(ask(undo_use_step{}).error(), errc::used_by_another_order);
  const issue_record undone = ask(undo_use_step{"A-1"}).value();
  EXPECT_EQ(undone.status, issue_status::issued);
  EXPECT_FALSE(undone.date_used);
  EXPECT_EQ(ask(undo_use_step{"A-1"}).value(), undone);
  EXPECT_FALSE(changed_);
  EXPECT_EQ(ask(use_step{1000, "A-2"}).value().status, issue_status::used);
}

TEST_F(issue_life, what_is_used_cannot_be_returned_until_the_use_is_undone) {
  ask(use_step{1000, "A-1"});
  EXPECT_EQ(ask(return_step{}).error(), errc::already_used);
  ask(undo_use_step{"A-1"});
  EXPECT_EQ(ask(return_step{}).value().status, issue_status::returned);
}

TEST_F(issue_life, what_is_returned_stays_so) {
  const issue_record returned = ask(return_step{"no more need"}).value();
  EXPECT_EQ(returned.date_returned, now);
  EXPECT_EQ(returned.sequence, 3);
  EXPECT_EQ(ask(return_step{"again"}, later).value(), returned);
  EXPECT_FALSE(changed_);
  EXPECT_EQ(ask(use_step{1000, "A-1"}).error(), errc::returned);
  EXPECT_EQ(ask(undo_use_step{"A-1"}).value(), returned);
}

}  // namespace
}  // namespace firstcome
