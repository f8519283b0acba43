#include "issuing/distributed/on_its_way.hpp"

#include <gtest/gtest.h>

#include "sim/small_world.hpp"
#include "support/fake_gate_recovery.hpp"

namespace firstcome::issuing {
namespace {

using testing::small_world;

/// How often the stores were asked for something that only reads.
struct round_trips {
  int find_issues = 0, find_coupon = 0, find_in_gate = 0, gate_status = 0;
  int others = 0;
  friend bool operator==(const round_trips&, const round_trips&) = default;
};

class counting_ledger final : public testing::sim_ledger {
 public:
  counting_ledger(testing::sim_ledger_store& store, round_trips& seen) : sim_ledger(store), seen_(seen) {}

  result<coupon> find_coupon(coupon_id id) override {
    ++seen_.find_coupon;
    return sim_ledger::find_coupon(id);
  }
  result<issue_record> find_issue(coupon_id coupon, user_id user) override {
    ++seen_.others;
    return sim_ledger::find_issue(coupon, user);
  }
  std::vector<result<issue_record>> find_issues(coupon_id coupon, std::span<const user_id> users) override {
    ++seen_.find_issues;
    std::vector<result<issue_record>> found;
    for (const user_id user : users) found.push_back(sim_ledger::find_issue(coupon, user));
    return found;
  }

 private:
  round_trips& seen_;
};

class counting_gate final : public testing::simulated_gate {
 public:
  counting_gate(testing::simulated_redis& redis, clock now, round_trips& seen)
      : simulated_gate(redis, std::move(now)), seen_(seen) {}

  std::optional<gate::gate_status> status(coupon_id coupon) override {
    ++seen_.gate_status;
    return simulated_gate::status(coupon);
  }
  std::optional<gate::admitted> find(coupon_id coupon, epoch_number epoch, user_id user) override {
    ++seen_.others;
    return simulated_gate::find(coupon, epoch, user);
  }
  std::vector<std::optional<gate::admitted>> find_each(coupon_id coupon, epoch_number epoch,
                                                       std::span<const user_id> users) override {
    ++seen_.find_in_gate;
    std::vector<std::optional<gate::admitted>> found;
    for (const user_id user : users) found.push_back(simulated_gate::find(coupon, epoch, user));
    return found;
  }

 private:
  round_trips& seen_;
};

/// 1 and 2 have rows, 3 is a dead letter, and 4 is on its way. 9 never asked for anything.
class steps_of_who_has_no_row : public ::testing::Test {
 protected:
  steps_of_who_has_no_row() {
    world_.ask({1, 2, 3});
    world_.ledgers.refuse_user(user_id{3});
    EXPECT_TRUE(world_.settle());
    world_.ask({4});
  }

  stores counted() {
    stores use;
    use.gate = std::make_unique<counting_gate>(
        world_.gates, [this] { return world_.time.now(); }, seen_);
    use.ledger = std::make_unique<counting_ledger>(world_.ledgers, seen_);
    return use;
  }

  std::vector<errc> answers_to(coupon_id coupon, const std::vector<std::int64_t>& users) {
    std::vector<ledger::step_request> steps;
    for (const std::int64_t user : users) steps.push_back({coupon, user_id{user}, use_step{}, world_.time.now()});
    stores use = counted();
    std::vector<errc> codes;
    for (const auto& one : unless_on_its_way(use, recovery_, steps, {steps.size(), errc::issue_not_found}))
      codes.push_back(static_cast<errc>(one.error().value()));
    return codes;
  }

  small_world world_{10};
  round_trips seen_;
  testing::fake_gate_recovery recovery_;
};

TEST_F(steps_of_who_has_no_row, are_looked_up_together) {
  const std::vector<errc> answers = answers_to(world_.coupon, {4, 9, 3, 1, 4, 10, 11, 12});
  const errc soon = errc::unavailable, never = errc::issue_not_found;
  EXPECT_EQ(answers, (std::vector<errc>{soon, never, soon, soon, soon, never, never, never}));
  EXPECT_EQ(seen_, (round_trips{.find_issues = 1, .find_coupon = 1, .find_in_gate = 1, .gate_status = 1}));
}

TEST_F(steps_of_who_has_no_row, ask_the_gate_for_nobody_when_the_ledger_has_all_of_them) {
  EXPECT_EQ(answers_to(world_.coupon, {3, 1}), (std::vector<errc>{errc::unavailable, errc::unavailable}));
  EXPECT_EQ(seen_, (round_trips{.find_issues = 1}));
}

TEST_F(steps_of_who_has_no_row, ask_nothing_for_steps_that_were_taken) {
  stores use = counted();
  const std::vector<ledger::step_request> steps{{world_.coupon, user_id{1}, use_step{}, {}},
                                                {world_.coupon, user_id{2}, use_step{}, {}}};
  const issue_record taken{world_.coupon, user_id{1}, 1, issue_status::used, {}, {}};
  const auto answers = unless_on_its_way(use, recovery_, steps, {taken, errc::already_used});
  EXPECT_EQ(answers[0].value(), taken);
  EXPECT_EQ(answers[1].error(), errc::already_used);
  EXPECT_EQ(seen_, round_trips{});
}

TEST_F(steps_of_who_has_no_row, hear_of_a_coupon_that_there_is_not) {
  EXPECT_EQ(answers_to(coupon_id{77}, {1, 2}), (std::vector<errc>{errc::coupon_not_found, errc::coupon_not_found}));
}

TEST_F(steps_of_who_has_no_row, are_unknown_while_the_gate_cannot_say) {
  EXPECT_EQ(answers_to(world_.coupon, {4, 9}), (std::vector<errc>{errc::unavailable, errc::issue_not_found}));
  EXPECT_EQ(recovery_.recoveries.size(), 0u);
  world_.change_lineage();
  EXPECT_EQ(answers_to(world_.coupon, {4, 9}), (std::vector<errc>{errc::unavailable, errc::unavailable}));
  EXPECT_EQ(recovery_.recoveries.size(), 1u) << "nobody else may come by who would have it made ready";
}

TEST_F(steps_of_who_has_no_row, of_two_coupons_cost_a_look_each) {
  const coupon_id other{77};
  stores use = counted();
  const std::vector<ledger::step_request> steps{{world_.coupon, user_id{4}, use_step{}, {}},
                                                {other, user_id{4}, use_step{}, {}},
                                                {world_.coupon, user_id{9}, use_step{}, {}}};
  const auto answers = unless_on_its_way(use, recovery_, steps, {steps.size(), errc::issue_not_found});
  EXPECT_EQ(answers[0].error(), errc::unavailable);
  EXPECT_EQ(answers[1].error(), errc::coupon_not_found);
  EXPECT_EQ(answers[2].error(), errc::issue_not_found);
  EXPECT_EQ(seen_.find_issues, 2);
  EXPECT_EQ(seen_.others, 0);
}

}  // namespace
}  // namespace firstcome::issuing
