// Any process of the distributed shape dies at any instant, and comes back: promise 3 from outside, and the rest too.

#include <algorithm>
#include <atomic>
#include <functional>

#include "support/distributed_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr int places_each = 500;
constexpr int askers_each = 1'500;

class distributed_crash : public distributed_test {
 protected:
  /// What dies, and how it comes back if it is dead.
  struct victim {
    std::function<void()> kill;
    std::function<void()> start;
  };

  victim node(server_under_test& which) {
    return {[&which] { which.kill_hard(); },
            [&which] {
              if (!which.running()) which.start_unready();
            }};
  }
  victim api(std::size_t n) { return node(shape().api(n)); }
  victim worker(std::size_t n) { return node(shape().worker(n)); }
  victim redis() {
    return {[this] { shape().redis().kill(); }, [this] { shape().redis().start(); }};
  }
  victim mariadb() {
    return {[this] { shape().mariadb().kill_hard(); },
            [this] {
              if (!shape().mariadb().answers()) shape().mariadb().start();
            }};
  }

  /// The same victim; a kill counts when it leaves admissions in the queue.
  victim amid_work(victim one) {
    return {[this, kill = std::move(one.kill)] {
              kill();
              if (shape().ask_redis({"XLEN", shape().key(offer_, "queue")}).integer() > 0) ++kills_amid_work_;
            },
            std::move(one.start)};
  }

  /// A coupon and a crowd; in its middle the victims die, one after the other, at instants drawn in answers (so that
  /// they fall among the winners on any machine) plus a part of a millisecond (so that they fall anywhere in a batch).
  /// They come back while the crowd goes on; then whoever does not know yet asks again.
  void live_through(const std::vector<victim>& victims, std::mt19937& random) {
    const std::int64_t offer = offer_ = create({.quantity = places_each});
    burst_options options{.connections = 64};
    for (const victim& one : victims) {
      const std::size_t dies_after = random() % (places_each + 100);
      const std::chrono::microseconds and_then(random() % 1500);
      options.disturbances.push_back({.after_answers = dies_after, .and_then = and_then, .act = one.kill});
      options.disturbances.push_back(
          {.after_answers = dies_after + random() % 200, .and_then = and_then + 100ms, .act = one.start});
    }
    const auto asks = crowd(offer, 1, askers_each, static_cast<std::uint32_t>(random()));
    auto answers = shape().burst(asks, options);
    unknown_ += answers.size() - count_status(answers, 202) - count_status(answers, 200) - count_status(answers, 409);
    for (const victim& one : victims) one.start();  // when the crowd was through sooner
    append(answers, shape().burst_until_answered(asks));
    expect_kept(answers, offer);
    EXPECT_EQ(shape().rows(offer), places_each) << shape().state_of(offer);
    finished_.emplace_back(offer, std::move(answers));
  }

  /// Once more in the end: no later crash took anything back.
  void expect_all_still_kept() {
    for (const auto& [offer, answers] : finished_) expect_kept(answers, offer);
  }

  std::size_t unknown_ = 0;
  std::atomic<std::size_t> kills_amid_work_ = 0;

 private:
  std::int64_t offer_ = 0;  // of this round
  std::vector<std::pair<std::int64_t, std::vector<issue_answer>>> finished_;
};

TEST_F(distributed_crash, what_an_api_node_answered_before_it_was_killed_is_kept) {
  std::mt19937 random(chosen_seed());
  for (std::size_t round = 0; round < 6 && !HasFailure(); ++round) live_through({api(round % 2)}, random);
  expect_all_still_kept();
  EXPECT_GT(unknown_, 0U) << "no kill met a request in flight: the test tested nothing";
}

TEST_F(distributed_crash, workers_that_are_killed_leave_nothing_out_and_do_nothing_twice) {
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 6 && !HasFailure(); ++round)
    live_through({amid_work(worker(0)), amid_work(worker(1)), amid_work(worker(2))}, random);
  expect_all_still_kept();
  EXPECT_GT(kills_amid_work_, 0U) << "no kill left a worker anything to do: the test tested nothing";
}

TEST_F(distributed_crash, what_was_answered_before_redis_was_killed_is_kept) {
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 6 && !HasFailure(); ++round) live_through({redis()}, random);
  expect_all_still_kept();
  EXPECT_GT(unknown_, 0U) << "no kill met a request in flight: the test tested nothing";
}

TEST_F(distributed_crash, what_was_accepted_while_mariadb_was_killed_is_issued) {
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 5 && !HasFailure(); ++round) live_through({amid_work(mariadb())}, random);
  expect_all_still_kept();
  EXPECT_GT(kills_amid_work_, 0U) << "no kill left an admission without its row: the test tested nothing";
}

// Several at once, in any combination.
TEST_F(distributed_crash, everything_may_die_in_one_burst) {
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 6 && !HasFailure(); ++round) {
    std::vector<victim> all = {api(0), api(1), worker(0), worker(1), worker(2), redis(), mariadb()};
    std::shuffle(all.begin(), all.end(), random);
    all.resize(2 + random() % 5);
    live_through(all, random);
  }
  expect_all_still_kept();
  EXPECT_GT(unknown_, 0U) << "no kill met a request in flight: the test tested nothing";
}

}  // namespace
}  // namespace firstcome::testing
