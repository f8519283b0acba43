// `serve` under more than it can bear: its disk takes 200 ms for a commit of at most 200, so that it issues about
// a thousand a second, and the crowd on the other core can be twice as many.

#include <gmock/gmock.h>

#include "support/overload_trial.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class overload : public system_test {
 protected:
  void SetUp() override {
    slow_node::keep_folders_in_memory();
    auto environment = slow_node::environment();
    environment["FIRSTCOME_TEST_COMMIT_DELAY_MS"] = std::to_string(slow_node::delay.count());
    start_server({.flags = slow_node::flags(), .environment = environment});
    coupon_ = create_coupon(server(), {.quantity = std::nullopt});
  }

  void expect_kept(const overload_trial& trial) {
    EXPECT_THAT(broken_promises(trial.history(), read_ledger(server().data_dir()), coupon_), IsEmpty());
  }

  std::int64_t coupon_ = 0;
};

TEST_F(overload, twice_what_it_can_do_is_half_accepted_half_refused_and_over_when_it_ends) {
  overload_trial trial(server(), coupon_);
  trial.expect_bears_overload(10s);
  expect_kept(trial);
  if (!trial.speed_was_checked()) GTEST_SKIP() << "the machine had no time for it: how fast it was is not judged";
}

TEST_F(overload, clients_that_ask_again_at_once_do_not_keep_it_down_and_herds_are_spread_and_served) {
  overload_trial trial(server(), coupon_);
  trial.expect_impatient_are_served(3000);
  trial.expect_herd_is_spread_and_served(3000);
  expect_kept(trial);
}

}  // namespace
}  // namespace firstcome::testing
