// An API node under more than it can bear: each of Redis' replies takes 200 ms, a batch has 200 users at most, so
// that it accepts about a thousand a second, and the crowd on the other core can be twice as many.

#include "support/distributed_test.hpp"
#include "support/overload_trial.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class distributed_overload : public distributed_test {
 protected:
  void SetUp() override {
    slow_node::keep_folders_in_memory();
    start_shape({.apis = 0, .workers = 1, .api_flags = slow_node::flags()});
    to_redis_ = std::make_unique<tcp_gate>(shape().redis().port());
    auto environment = slow_node::environment();
    environment["FIRSTCOME_REDIS"] = "redis://" + to_redis_->address();
    shape().add_api(environment);
    coupon_ = create({.quantity = std::nullopt});
    to_redis_->delay(tcp_gate::direction::to_client, slow_node::delay);
  }

  void TearDown() override {
    to_redis_->release();
    distributed_test::TearDown();
  }

  std::unique_ptr<tcp_gate> to_redis_;
  std::int64_t coupon_ = 0;
};

TEST_F(distributed_overload, twice_what_redis_lets_it_do_is_half_accepted_half_refused_and_over_when_it_ends) {
  overload_trial trial(shape().api(), coupon_);
  trial.expect_bears_overload(10s);
  expect_kept(trial.history(), coupon_);
  if (!trial.speed_was_checked()) GTEST_SKIP() << "the machine had no time for it: how fast it was is not judged";
}

TEST_F(distributed_overload, clients_that_ask_again_at_once_do_not_keep_it_down_and_herds_are_spread_and_served) {
  overload_trial trial(shape().api(), coupon_);
  trial.expect_impatient_are_served(3000);
  trial.expect_herd_is_spread_and_served(3000);
  expect_kept(trial.history(), coupon_);
}

}  // namespace
}  // namespace firstcome::testing
