#include "issuing/distributed/step_queues.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <map>
#include <thread>

#include "sim/small_world.hpp"

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;

constexpr coupon_id offer{1};

// Made before there are threads, as in the program: how spdlog guards its first use ThreadSanitizer cannot see.
const auto quiet = spdlog::default_logger();

/// A pool of two threads, whose stores do nothing; each batch waits until the test lets it go.
class step_queues_test : public ::testing::Test {
 protected:
  ~step_queues_test() override {
    let_go();
    pool_.close();
  }

  /// Its answer counts as heard when it has come.
  std::shared_ptr<beginning> ask(std::int64_t user, runtime::deadline until = runtime::deadline::never()) {
    const auto how = std::make_shared<beginning>();
    queues_.push(1, {{.coupon = offer, .user = user_id{user}, .step = use_step{}, .at = {}},
                     until,
                     how,
                     [this, user](const result<issue_record>& answer) {
                       const std::lock_guard locked(lock_);
                       heard_[user] = answer ? errc{} : static_cast<errc>(answer.error().value());
                       changed_.notify_all();
                     }});
    return how;
  }
  void await_batches(std::size_t n) {
    std::unique_lock locked(lock_);
    changed_.wait(locked, [&] { return batches_.size() >= n; });
  }
  void await_answers(std::size_t n) {
    std::unique_lock locked(lock_);
    changed_.wait(locked, [&] { return heard_.size() >= n; });
  }
  void break_batches(bool so) {
    const std::lock_guard locked(lock_);
    breaks_ = so;
  }
  void let_go() {
    const std::lock_guard locked(lock_);
    held_ = false;
    changed_.notify_all();
  }

  std::mutex lock_;
  std::condition_variable changed_;
  bool held_ = true;
  bool breaks_ = false;
  std::vector<std::size_t> batches_;
  std::vector<runtime::deadline> worked_until_;  // of each batch
  std::map<std::int64_t, errc> heard_;

  testing::small_world world_{10};
  store_pool pool_{2, 100, [this] {
                     auto made = std::make_unique<stores>();
                     made->ledger = std::make_unique<testing::sim_ledger>(world_.ledgers);
                     return made;
                   }};
  step_queues queues_{pool_, [this](stores& use, std::span<const ledger::step_request> requests) {
                        std::unique_lock locked(lock_);
                        batches_.push_back(requests.size());
                        worked_until_.push_back(use.ledger->until());
                        changed_.notify_all();
                        changed_.wait(locked, [&] { return !held_; });
                        if (breaks_) throw store_unavailable("as the test wants it");
                        return std::vector<result<issue_record>>(requests.size(), issue_record{});
                      }};
};

TEST_F(step_queues_test, a_lone_one_waits_for_nobody_and_those_that_come_meanwhile_are_one_batch) {
  ask(1);
  await_batches(1);
  for (std::int64_t user = 2; user <= 40; ++user) ask(user);
  let_go();
  await_answers(40);
  EXPECT_EQ(batches_, (std::vector<std::size_t>{1, 39}));
  for (const auto& [user, answer] : heard_) EXPECT_EQ(answer, errc{}) << user;
}

TEST_F(step_queues_test, who_ran_out_of_time_in_the_queue_leaves_it_unsent) {
  ask(1);
  await_batches(1);
  const auto late = ask(2);
  ask(3);
  ASSERT_TRUE(late->becomes(beginning::state::too_late));
  let_go();
  await_answers(2);
  EXPECT_EQ(batches_, (std::vector<std::size_t>{1, 1}));
  EXPECT_FALSE(heard_.contains(2)) << "who says that it is too late answers";
}

TEST_F(step_queues_test, whose_deadline_passed_in_the_queue_is_surely_not_done) {
  ask(1);
  await_batches(1);
  ask(2, runtime::deadline::after(0ms));
  ask(3, runtime::deadline::after(1h));
  let_go();
  await_answers(3);
  EXPECT_EQ(batches_, (std::vector<std::size_t>{1, 1}));
  EXPECT_EQ(heard_.at(2), errc::overloaded) << "surely not done";
  EXPECT_EQ(heard_.at(3), errc{});
}

TEST_F(step_queues_test, a_batch_works_until_the_latest_deadline_of_those_who_are_in_it) {
  const runtime::deadline soon = runtime::deadline::after(1h);
  const runtime::deadline late = runtime::deadline::after(2h);
  ask(1, soon);
  await_batches(1);
  ask(2, late);
  ask(3, soon);
  ask(4, late);
  let_go();
  await_answers(4);
  EXPECT_EQ(batches_, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(worked_until_, (std::vector{soon, late}));
}

TEST_F(step_queues_test, a_batch_that_breaks_is_unknown_and_the_queue_goes_on) {
  break_batches(true);
  ask(1);
  await_batches(1);
  ask(2);
  let_go();
  await_answers(2);
  EXPECT_EQ(heard_.at(1), errc::unavailable);
  EXPECT_EQ(heard_.at(2), errc::unavailable);
  break_batches(false);
  ask(3);
  await_answers(3);
  EXPECT_EQ(heard_.at(3), errc{});
}

TEST_F(step_queues_test, who_waits_when_the_node_stops_is_surely_not_done) {
  ask(1);
  await_batches(1);
  ask(2);
  std::jthread stopping([this] { pool_.close(); });
  ask(3);
  let_go();
  await_answers(3);
  EXPECT_EQ(heard_.at(1), errc{});
}

TEST_F(step_queues_test, many_threads_at_once_are_each_answered_once) {
  let_go();
  std::vector<std::jthread> askers;
  for (std::int64_t t = 0; t < 4; ++t)
    askers.emplace_back([this, t] {
      for (std::int64_t n = 1; n <= 200; ++n) ask(1000 * t + n);
    });
  askers.clear();
  await_answers(800);
  for (const auto& [user, answer] : heard_) EXPECT_EQ(answer, errc{}) << user;
}

}  // namespace
}  // namespace firstcome::issuing
