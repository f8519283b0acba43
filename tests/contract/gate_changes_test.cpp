// Operators' changes at the gate, in the real Redis and in the simulation's. What they are for: docs/adr/0004.

#include <gtest/gtest.h>

#include "support/gate_fixture.hpp"

namespace firstcome::testing {
namespace {

using gate::change_outcome;
using gate::gate_config;

class gate_changes : public gate_fixture, public ::testing::WithParamInterface<gate_factory> {
 protected:
  gate_changes() : gate_fixture(GetParam()) {}
};

TEST_P(gate_changes, announces_a_change_to_whoever_looks) {
  build(epoch_of(1), 3, config_with(3, 3));
  EXPECT_EQ(gate().announce(coupon, epoch_of(2), 4), change_outcome::not_this_gate);
  EXPECT_EQ(gate().announce(coupon, epoch_of(1), 3), change_outcome::not_newer);
  EXPECT_TRUE(under_test().look(coupon, epoch_of(1)).terms.sold_out);
  EXPECT_FALSE(under_test().look(coupon, epoch_of(1)).terms.change_ahead);
  ASSERT_EQ(gate().announce(coupon, epoch_of(1), 4), change_outcome::done);
  EXPECT_TRUE(under_test().look(coupon, epoch_of(1)).terms.change_ahead);
  EXPECT_TRUE(admit({10}).terms.change_ahead);
  EXPECT_EQ(gate().status(coupon)->config, config_with(3, 3));
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(4, 4)), change_outcome::done);
  EXPECT_FALSE(under_test().look(coupon, epoch_of(1)).terms.change_ahead);
  EXPECT_FALSE(under_test().look(coupon, epoch_of(1)).terms.sold_out);
}

TEST_P(gate_changes, forgets_no_announcement_for_an_earlier_one_that_comes_late) {
  build(epoch_of(1), 0, config_with(3, 3));
  ASSERT_EQ(gate().announce(coupon, epoch_of(1), 5), change_outcome::done);
  ASSERT_EQ(gate().announce(coupon, epoch_of(1), 4), change_outcome::done);
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(4, 4)), change_outcome::done);
  EXPECT_TRUE(under_test().look(coupon, epoch_of(1)).terms.change_ahead);
}

TEST_P(gate_changes, hears_who_returned_before_it_is_confirmed) {
  build(epoch_of(1), 3, config_with(3, 4));
  under_test().begin_lineage();
  ASSERT_EQ(gate().mark_returned(coupon, epoch_of(1), std::array{user_id{2}}), change_outcome::done);
  ASSERT_TRUE(gate().confirm(coupon, epoch_of(1), run_id(), config_with(3, 4)));
  admit({2});
  EXPECT_EQ(decisions().at(0)->what, verdict::returned);
}

TEST_P(gate_changes, tells_who_returned_what_he_had_when_he_asks_again) {
  build(epoch_of(1), 3, config_with(3, 4));
  EXPECT_EQ(gate().mark_returned(coupon, epoch_of(2), std::array{user_id{2}}), change_outcome::not_this_gate);
  EXPECT_EQ(gate().mark_returned(coupon, epoch_of(1), std::array{user_id{9}}), change_outcome::not_newer);
  ASSERT_EQ(gate().mark_returned(coupon, epoch_of(1), std::array{user_id{2}}), change_outcome::done);
  ASSERT_EQ(gate().mark_returned(coupon, epoch_of(1), std::array{user_id{2}}), change_outcome::done);
  admit({1, 2, 10});
  EXPECT_EQ(decisions().at(0)->what, verdict::already_issued);
  EXPECT_EQ(decisions().at(1)->what, verdict::returned);
  EXPECT_EQ(decisions().at(2)->record.sequence, 4);
  EXPECT_TRUE(gate().find(coupon, epoch_of(1), user_id{2})->returned);
  EXPECT_EQ(gate().find(coupon, epoch_of(1), user_id{2})->sequence, 2);
}

TEST_P(gate_changes, keeps_what_a_rebuild_loads_of_who_returned) {
  ASSERT_TRUE(gate().fence(coupon, epoch_of(1)));
  std::vector<gate::admitted> users = users_from(1, 2);
  users[0].returned = true;
  ASSERT_TRUE(gate().load(coupon, epoch_of(1), run_id(), users));
  ASSERT_TRUE(gate().open(coupon, epoch_of(1), run_id(), open_config(), 2));
  admit({1, 2});
  EXPECT_EQ(decisions().at(0)->what, verdict::returned);
  EXPECT_EQ(decisions().at(1)->what, verdict::already_issued);
}

TEST_P(gate_changes, lowers_its_total_and_waits_for_the_ledger) {
  build(epoch_of(1), 3, config_with(3, 10));
  EXPECT_EQ(gate().lower(coupon, epoch_of(2), 3, 5), change_outcome::not_this_gate);
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 2, 5), change_outcome::not_newer);
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 4, 5), change_outcome::not_newer);
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 3, 11), change_outcome::not_newer) << "that is a raise";
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 3, 2), change_outcome::below_admitted);
  EXPECT_FALSE(gate().status(coupon)->lowering);
  ASSERT_EQ(gate().lower(coupon, epoch_of(1), 3, 3), change_outcome::done);
  EXPECT_TRUE(gate().status(coupon)->lowering);
  EXPECT_EQ(gate().status(coupon)->config, config_with(3, 3));
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 3, 3), change_outcome::not_newer) << "one lowering at a time";
  admit({10});
  EXPECT_EQ(decisions().at(0)->what, verdict::sold_out);
  EXPECT_TRUE(under_test().look(coupon, epoch_of(1)).terms.change_ahead)
      << "the old total comes back when the lowering dies";
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(4, 3)), change_outcome::done);
  EXPECT_FALSE(gate().status(coupon)->lowering);
  EXPECT_FALSE(under_test().look(coupon, epoch_of(1)).terms.change_ahead);
}

TEST_P(gate_changes, lowers_an_unlimited_total) {
  build(epoch_of(1), 3, config_with(3, std::nullopt));
  EXPECT_EQ(gate().lower(coupon, epoch_of(1), 3, 3), change_outcome::done);
  EXPECT_EQ(gate().status(coupon)->config, config_with(3, 3));
}

TEST_P(gate_changes, is_configured_only_by_a_newer_version) {
  build(epoch_of(1), 3, config_with(3, 10));
  EXPECT_EQ(gate().configure(coupon, epoch_of(2), config_with(4, 20)), change_outcome::not_this_gate);
  EXPECT_EQ(gate().configure(coupon, epoch_of(1), config_with(3, 20)), change_outcome::not_newer);
  EXPECT_EQ(gate().configure(coupon, epoch_of(1), config_with(2, 20)), change_outcome::not_newer);
  EXPECT_EQ(gate().configure(coupon, epoch_of(1), config_with(4, 2)), change_outcome::below_admitted);
  EXPECT_EQ(gate().status(coupon)->config, config_with(3, 10));
  gate_config changed = config_with(10, std::nullopt);
  changed.paused = true;
  changed.window = {noon, noon + std::chrono::milliseconds(1)};
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), changed), change_outcome::done);
  EXPECT_EQ(gate().status(coupon)->config, changed);
  ASSERT_EQ(gate().configure(coupon, epoch_of(1), config_with(11, 3)), change_outcome::done);
  EXPECT_EQ(gate().status(coupon)->config, config_with(11, 3));
}

INSTANTIATE_TEST_SUITE_P(redis, gate_changes, ::testing::Values(make_redis_gate_under_test));
INSTANTIATE_TEST_SUITE_P(simulated, gate_changes, ::testing::Values(make_simulated_gate_under_test));

}  // namespace
}  // namespace firstcome::testing
