// Returns: what ledger and gate hold after one was cut off anywhere, and was asked for again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "coordination/operator_change.hpp"
#include "sim/small_world.hpp"
#include "sim/step_watchers.hpp"

namespace firstcome::coordination {
namespace {

using testing::at_step;
using testing::crash_watcher;
using ::testing::IsEmpty;
using testing::node;
using testing::small_world;

/// Two of two are issued, and in the ledger.
std::unique_ptr<small_world> sold_out_world(restock_rule restock) {
  auto world = std::make_unique<small_world>(2);
  at_step quiet;
  coupon_change change;
  change.restock = restock;
  EXPECT_TRUE(node(*world, quiet).operators.change(world->coupon, change));
  world->ask({1, 2});
  EXPECT_TRUE(world->settle());
  return world;
}

result<issue_record> give_back(small_world& world, std::int64_t user) {
  at_step quiet;
  return node(world, quiet).operators.give_back(world.coupon, user_id{user}, {"r"});
}

TEST(give_back, to_the_pool_gives_the_place_to_the_next) {
  const auto world = sold_out_world(restock_rule::pool);
  const issue_record returned = give_back(*world, 1).value();
  EXPECT_EQ(returned.status, issue_status::returned);
  world->ask({1, 3, 4});
  EXPECT_EQ(world->promised.at(user_id{3}), 3);
  EXPECT_FALSE(world->promised.contains(user_id{4}));
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  EXPECT_EQ(give_back(*world, 1).value(), returned);
  EXPECT_EQ(world->ledgers.of(world->coupon).row.returned_quantity, 1);
}

TEST(give_back, without_a_pool_takes_the_place_away) {
  const auto world = sold_out_world(restock_rule::none);
  ASSERT_TRUE(give_back(*world, 1));
  world->ask({3});
  EXPECT_FALSE(world->promised.contains(user_id{3}));
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  EXPECT_EQ(world->ledgers.of(world->coupon).row.gone_quantity, 1);
}

TEST(give_back, is_announced_one_lease_before_a_place_is_free) {
  const auto world = sold_out_world(restock_rule::pool);
  const monotonic begun = world->time.time;
  ASSERT_TRUE(give_back(*world, 1));
  EXPECT_GE(world->time.time - begun, announcement_lead);
}

TEST(give_back, says_what_is_wrong) {
  const auto world = sold_out_world(restock_rule::pool);
  EXPECT_EQ(give_back(*world, 9).error(), errc::issue_not_found);
  at_step quiet;
  node n(*world, quiet);
  ASSERT_TRUE(n.ledger.take_step(world->coupon, user_id{1}, use_step{0, "A"}, world->time.now()));
  EXPECT_EQ(give_back(*world, 1).error(), errc::already_used);
}

std::vector<result<issue_record>> give_back_together(small_world& world, testing::step_watcher& watcher) {
  std::vector<return_request> requests;
  for (const std::int64_t user : {1, 9, 2, 1}) requests.push_back({user_id{user}, {"r"}, {}});
  return node(world, watcher).operators.give_back(world.coupon, requests);
}

TEST(give_back, several_together_wait_for_one_announcement_and_each_is_answered) {
  const auto world = sold_out_world(restock_rule::pool);
  const monotonic begun = world->time.time;
  at_step quiet;
  const auto answers = give_back_together(*world, quiet);
  EXPECT_LT(world->time.time - begun, 2 * announcement_lead);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0].value().status, issue_status::returned);
  EXPECT_EQ(answers[1].error(), errc::issue_not_found);
  EXPECT_EQ(answers[2].value().sequence, 2);
  EXPECT_EQ(answers[3].value(), answers[0].value()) << "asked twice in one batch, returned once";
  world->ask({1, 2, 3, 4, 5});
  EXPECT_EQ(world->promised.at(user_id{4}), 4);
  EXPECT_FALSE(world->promised.contains(user_id{5}));
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  EXPECT_EQ(world->ledgers.of(world->coupon).row.returned_quantity, 2);
}

TEST(give_back, several_together_cut_off_at_any_step_and_asked_again_are_done_once) {
  for (int at = 0;; ++at) {
    const auto world = sold_out_world(restock_rule::pool);
    crash_watcher crash(*world, at, crash_watcher::moment::after);
    try {
      (void)give_back_together(*world, crash);
    } catch (const store_unavailable&) {
    }
    SCOPED_TRACE(std::to_string(at) + " " + crash.where);
    EXPECT_THAT(crash.broken, IsEmpty());
    at_step quiet;
    ASSERT_TRUE(give_back_together(*world, quiet)[2]);
    world->ask({1, 2, 3, 4, 5});
    EXPECT_TRUE(world->promised.contains(user_id{4}));
    EXPECT_FALSE(world->promised.contains(user_id{5}));
    ASSERT_TRUE(world->settle());
    EXPECT_THAT(world->broken_settled(), IsEmpty());
    if (!crash.crashed) break;
    ASSERT_LT(at, 200) << "it never comes to its end";
  }
}

class interrupted_give_back : public ::testing::TestWithParam<restock_rule> {};

TEST_P(interrupted_give_back, cut_off_at_any_step_and_asked_again_is_done_once) {
  for (const auto when : {crash_watcher::moment::before, crash_watcher::moment::after}) {
    for (int at = 0;; ++at) {
      const auto world = sold_out_world(GetParam());
      crash_watcher crash(*world, at, when);
      try {
        (void)node(*world, crash).operators.give_back(world->coupon, user_id{1}, {"r"});
      } catch (const store_unavailable&) {
      }
      SCOPED_TRACE(std::to_string(at) + " " + crash.where);
      EXPECT_THAT(crash.broken, IsEmpty());
      ASSERT_TRUE(give_back(*world, 1));
      world->ask({1, 3, 4});
      EXPECT_EQ(world->promised.contains(user_id{3}), GetParam() == restock_rule::pool);
      EXPECT_FALSE(world->promised.contains(user_id{4}));
      ASSERT_TRUE(world->settle());
      EXPECT_THAT(world->broken_settled(), IsEmpty());
      if (!crash.crashed) break;
      ASSERT_LT(at, 200) << "it never comes to its end";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(restock, interrupted_give_back, ::testing::Values(restock_rule::none, restock_rule::pool));

class tells_the_gate_nothing final : public testing::step_watcher {
 public:
  void before(const char* step) override {
    if (std::string_view(step) == "gate.mark_returned") testing::die();
  }
  void after(const char*) override {}
};

/// As it was before 1 returned; 3 has the place.
std::unique_ptr<small_world> world_that_forgot_a_return(bool gate_is_told) {
  auto world = sold_out_world(restock_rule::pool);
  world->copy_stores();
  if (gate_is_told) {
    EXPECT_TRUE(give_back(*world, 1));
  } else {
    tells_the_gate_nothing nothing;
    EXPECT_FALSE(node(*world, nothing).operators.give_back(world->coupon, user_id{1}, {"r"}));
  }
  world->ask({3});
  EXPECT_TRUE(world->settle());
  world->restore_ledger();
  return world;
}

// The gate's limit is the operator's total and what came back: the ledger must not take the one for the other.
TEST(give_back, a_ledger_that_went_back_to_before_it_learns_of_it_and_keeps_its_total) {
  const auto world = world_that_forgot_a_return(true);
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  const coupon& row = world->ledgers.of(world->coupon).row;
  EXPECT_EQ(row.total_quantity, 2);
  EXPECT_EQ(row.issued_quantity, 2) << "2 and 3";
  EXPECT_EQ(row.returned_quantity, 1);
  EXPECT_EQ(world->promised.at(user_id{3}), 3);
}

// Then both have been told yes, and the operator's total is as many as there are.
TEST(give_back, a_return_that_the_gate_was_not_told_of_is_forgotten_with_the_ledger_and_nobody_else_loses_his_place) {
  const auto world = world_that_forgot_a_return(false);
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  EXPECT_EQ(world->ledgers.of(world->coupon).row.total_quantity, 3);
  EXPECT_EQ(world->ledgers.of(world->coupon).row.issued_quantity, 3);
}

TEST(give_back, a_ledger_without_any_of_it_learns_who_came_and_who_returned) {
  auto world = std::make_unique<small_world>(1);
  at_step quiet;
  coupon_change pool;
  pool.restock = restock_rule::pool;
  ASSERT_TRUE(node(*world, quiet).operators.change(world->coupon, pool));
  world->copy_stores();
  for (int user = 1; user <= 5; ++user) {
    world->ask({user});
    ASSERT_TRUE(world->settle());
    if (user < 5) {
      ASSERT_TRUE(give_back(*world, user));
    }
  }
  world->restore_ledger();
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  EXPECT_EQ(world->ledgers.of(world->coupon).row.total_quantity, 1);
  EXPECT_EQ(world->ledgers.of(world->coupon).row.returned_quantity, 4);
}

/// The rebuild ends after each of its steps once, and is begun again: `row` must hold in the end, whichever it was.
void rebuild_cut_off_anywhere(std::unique_ptr<small_world> (*make)(), const std::function<void(const coupon&)>& row) {
  for (int at = 0;; ++at) {
    const auto world = make();
    crash_watcher crash(*world, at, crash_watcher::moment::after);
    for (int round = 0; round < 3; ++round) {  // the first call over a connection that broke fails
      try {
        node(*world, crash).recovery.ensure_ready(world->coupon);
      } catch (const store_unavailable&) {
      }
    }
    SCOPED_TRACE(std::to_string(at) + " " + crash.where);
    EXPECT_THAT(crash.broken, IsEmpty());
    ASSERT_TRUE(world->settle());
    EXPECT_THAT(world->broken_settled(), IsEmpty());
    row(world->ledgers.of(world->coupon).row);
    if (!crash.crashed) break;
    ASSERT_LT(at, 200) << "it never comes to its end";
  }
}

TEST(give_back, a_ledger_that_went_back_learns_of_it_wherever_the_rebuild_is_cut_off) {
  rebuild_cut_off_anywhere([] { return world_that_forgot_a_return(true); },
                           [](const coupon& row) {
                             EXPECT_EQ(row.total_quantity, 2);
                             EXPECT_EQ(row.returned_quantity, 1);
                           });
}

/// Three of three were let in, 3 returned, and then the total was lowered to two. The ledger knows of none of it.
std::unique_ptr<small_world> world_that_forgot_a_return_and_a_lowering() {
  auto world = std::make_unique<small_world>(3);
  at_step quiet;
  coupon_change pool, lowered;
  pool.restock = restock_rule::pool;
  lowered.total_quantity = 2;
  EXPECT_TRUE(node(*world, quiet).operators.change(world->coupon, pool));
  world->copy_stores();
  world->ask({1, 2, 3});
  EXPECT_TRUE(world->settle());
  EXPECT_TRUE(give_back(*world, 3));
  EXPECT_TRUE(node(*world, quiet).operators.change(world->coupon, lowered));
  world->restore_ledger();
  return world;
}

TEST(give_back, a_total_that_was_lowered_after_it_leaves_who_returned_in_the_ledger) {
  rebuild_cut_off_anywhere(world_that_forgot_a_return_and_a_lowering, [](const coupon& row) {
    EXPECT_EQ(row.total_quantity, 2);
    EXPECT_EQ(row.issued_quantity, 2);
    EXPECT_EQ(row.returned_quantity, 1);
  });
}

// A dead letter keeps its place: then there is one place more, or the next would lose the one that was given again.
TEST(give_back, a_place_that_was_given_again_is_kept_although_the_ledger_refuses_who_returned_it) {
  auto world = std::make_unique<small_world>(1);
  at_step quiet;
  coupon_change pool;
  pool.restock = restock_rule::pool;
  ASSERT_TRUE(node(*world, quiet).operators.change(world->coupon, pool));
  world->copy_stores();
  world->ask({1});
  ASSERT_TRUE(world->settle());
  ASSERT_TRUE(give_back(*world, 1));
  world->ask({2});
  world->restore_ledger();
  world->ledgers.refuse_user(user_id{1});
  ASSERT_TRUE(world->settle());
  const testing::sim_coupon_rows& rows = world->ledgers.of(world->coupon);
  EXPECT_EQ(rows.dead_letters.size(), 1u);
  ASSERT_TRUE(rows.places.contains(user_id{2}));
  EXPECT_EQ(rows.places.at(user_id{2}), 2);
  EXPECT_EQ(rows.row.total_quantity, 2);
}

// It would tell them the old yes.
TEST(give_back, a_redis_that_went_back_to_before_it_is_told_who_returned_before_it_serves) {
  for (const restock_rule restock : {restock_rule::none, restock_rule::pool}) {
    const auto world = sold_out_world(restock);
    world->copy_stores();
    ASSERT_TRUE(give_back(*world, 1));
    world->fail_over();
    EXPECT_FALSE(world->users().at(1).returned);
    ASSERT_TRUE(world->settle());
    EXPECT_TRUE(world->users().at(1).returned);
    EXPECT_FALSE(world->users().at(2).returned);
    EXPECT_THAT(world->broken_settled(), IsEmpty());
  }
}

TEST(give_back, a_rebuild_knows_who_returned) {
  const auto world = sold_out_world(restock_rule::pool);
  ASSERT_TRUE(give_back(*world, 1));
  world->gates.coupons.clear();
  world->gates.begin_lineage();
  ASSERT_TRUE(world->settle());
  EXPECT_THAT(world->broken_settled(), IsEmpty());
  world->ask({1, 3, 4});
  EXPECT_EQ(world->promised.at(user_id{3}), 3);
  EXPECT_FALSE(world->promised.contains(user_id{4}));
}

}  // namespace
}  // namespace firstcome::coordination
