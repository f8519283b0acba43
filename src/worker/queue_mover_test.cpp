#include "worker/queue_mover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/small_world.hpp"

namespace firstcome::worker {
namespace {

using ::testing::HasSubstr;
using testing::node;
using ::testing::SizeIs;
using testing::small_world;

class counting final : public testing::step_watcher {
 public:
  void before(const char* step) override { steps.emplace_back(step); }
  void after(const char*) override {}
  std::vector<std::string> steps;
};

class queue_mover_test : public ::testing::Test {
 protected:
  const testing::sim_coupon_rows& rows() { return world_.ledgers.of(world_.coupon); }
  queue_mover mover(std::size_t rows_max = 5000) {
    return {world_.coupon, node_.gate, node_.ledger, world_.time, rows_max};
  }

  small_world world_{std::nullopt};
  counting steps_;
  node node_{world_, steps_};
};

TEST_F(queue_mover_test, moves_several_entries_in_one_transaction_and_trims_them) {
  world_.ask({1, 2});
  world_.ask({3});
  queue_mover m = mover();
  const move_report report = m.step();
  EXPECT_EQ(report.outcome, move_outcome::moved);
  EXPECT_EQ(report.rows, 3U);
  EXPECT_EQ(report.behind, 0U);
  EXPECT_EQ(rows().row.issued_quantity, 3);
  EXPECT_EQ(rows().cursor.last_sequence, 3);
  EXPECT_TRUE(node_.gate_of_world.read_queue(world_.coupon, queue::queue_start, 10)->entries.empty());
  EXPECT_EQ(m.step().outcome, move_outcome::nothing);
}

TEST_F(queue_mover_test, takes_whole_entries_up_to_the_bound_and_one_at_least) {
  world_.ask({1, 2, 3, 4});
  world_.ask({5, 6});
  world_.ask({7});
  queue_mover m = mover(3);
  EXPECT_EQ(m.step().rows, 4U);
  EXPECT_EQ(m.step().rows, 3U);
  EXPECT_EQ(m.step().outcome, move_outcome::nothing);
}

TEST_F(queue_mover_test, asks_the_ledger_for_nothing_but_the_transaction_while_batches_follow_each_other) {
  world_.ask({1});
  queue_mover m = mover();
  m.step();
  steps_.steps.clear();
  world_.ask({2});
  EXPECT_EQ(m.step().outcome, move_outcome::moved);
  EXPECT_EQ(steps_.steps, (std::vector<std::string>{"gate.read_queue", "ledger.append", "gate.trim_queue"}));
}

TEST_F(queue_mover_test, dates_an_issue_by_its_admission) {
  world_.ask({1});
  const timestamp admitted_at = world_.users().at(1).admitted_at;
  world_.time.sleep(std::chrono::minutes(5));
  mover().step();
  EXPECT_EQ(rows().issues.at(1).record.date_issued, admitted_at);
}

TEST_F(queue_mover_test, steps_aside_for_who_holds_the_coupon_and_for_who_was_faster) {
  world_.ask({1});
  queue_mover m = mover();
  queue_mover other = mover();
  m.step();
  world_.ask({2});
  other.step();
  EXPECT_EQ(m.step().outcome, move_outcome::again);
  EXPECT_EQ(m.step().outcome, move_outcome::nothing);
  world_.ask({3});
  auto lock = node_.plain_ledger.lock(world_.coupon, runtime::deadline::never());
  EXPECT_EQ(m.step().outcome, move_outcome::again);
  lock->reset();
  EXPECT_EQ(m.step().outcome, move_outcome::moved);
}

TEST_F(queue_mover_test, makes_dead_letters_of_the_refused_rows_only) {
  for (const int bad : {3, 8}) world_.ledgers.refuse_user(user_id{bad});
  world_.ask({1, 2, 3, 4});
  world_.ask({5, 6, 7, 8, 9});
  const move_report report = mover().step();
  EXPECT_EQ(report.rows, 7U);
  EXPECT_EQ(report.dead_letters, 2U);
  ASSERT_THAT(rows().dead_letters, SizeIs(2));
  EXPECT_EQ(rows().dead_letters.begin()->second.sequence, 3);
  EXPECT_EQ(rows().cursor.last_sequence, 9);
}

TEST_F(queue_mover_test, never_makes_a_dead_letter_when_the_connection_breaks) {
  world_.ask({1, 2});
  queue_mover m = mover();
  world_.ledgers.break_sessions();
  EXPECT_THROW(m.step(), store_unavailable);
  m.forget();
  EXPECT_EQ(m.step().rows, 2U);
  EXPECT_TRUE(rows().dead_letters.empty());
}

TEST_F(queue_mover_test, recovers_the_users_of_an_entry_that_cannot_be_decoded_from_the_gate) {
  world_.ask({1});
  world_.ask({2, 3});
  world_.ask({4});
  world_.spoil_entry(2);
  const move_report report = mover().step();
  EXPECT_EQ(report.rows, 4U);
  EXPECT_EQ(rows().issues.at(3).record.user, user_id{3});
}

TEST_F(queue_mover_test, reads_on_until_a_spoilt_stretch_is_seen_whole) {
  for (int user = 1; user <= 100; ++user) world_.ask({user});
  for (int place = 1; place <= 80; ++place) world_.spoil_entry(place);
  queue_mover m = mover();
  EXPECT_EQ(m.step().outcome, move_outcome::moved);
  while (m.step().outcome == move_outcome::moved) continue;
  EXPECT_THAT(rows().issues, SizeIs(100));
}

TEST_F(queue_mover_test, finds_a_broken_chain_unfit) {
  world_.ask({1});
  world_.ask({2});
  world_.lose_entry(1);
  EXPECT_EQ(mover().step().outcome, move_outcome::unfit);
  EXPECT_TRUE(rows().issues.empty());
}

TEST_F(queue_mover_test, stops_with_an_alarm_when_the_ledger_contradicts_the_gate) {
  world_.ask({1, 2});
  auto& damaged = world_.ledgers.damage().coupons.at(world_.coupon);
  damaged.row.total_quantity = 1;
  queue_mover m = mover();
  EXPECT_EQ(m.step().outcome, move_outcome::alarm);
  damaged.row.total_quantity.reset();
  damaged.issues[1] = {1, {world_.coupon, user_id{77}, 1, issue_status::issued, {}, {}}};
  const move_report report = m.step();
  EXPECT_EQ(report.outcome, move_outcome::alarm);
  EXPECT_THAT(report.why, HasSubstr("taken by another record"));
  EXPECT_THAT(damaged.issues, SizeIs(1));
}

}  // namespace
}  // namespace firstcome::worker
