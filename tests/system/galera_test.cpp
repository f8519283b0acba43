// API nodes and workers on a Galera cluster: an API node and a worker at each of its two nodes, all at work on the same
// coupons, and one of the nodes killed under them.

#include <atomic>
#include <future>
#include <thread>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class galera : public distributed_test {
 protected:
  galera() { start_shape({.apis = 2, .workers = 2, .databases = &cluster_}); }

  /// An operator changes the coupon's title at API node `n` again and again, until `stop`. Answers the statuses heard.
  std::vector<int> change_titles(std::size_t n, std::int64_t offer, const std::atomic<bool>& stop) {
    std::vector<int> heard;
    for (int i = 0; !stop; ++i) {
      int status = 0;
      eventually([&] {  // a machine that is busy with other things answers 503, and is asked again
        status = change_coupon(shape().api(n), offer, {{"title", "title " + std::to_string(i)}}).status;
        return status != 503;
      });
      heard.push_back(status);
      std::this_thread::sleep_for(20ms);
    }
    return heard;
  }

  void expect_audits_agree() {
    for (std::size_t n = 0; n < galera_cluster::size; ++n) {
      finished_child audit;
      EXPECT_TRUE(eventually([&] {  // a node that was killed may still be catching up
        audit = run_to_end({.arguments = {firstcome_program(), "audit"}, .environment = shape().environment(n)}, 60s);
        return audit.status == exited_with(0);
      })) << "at node "
          << n + 1 << ": " << audit.out << audit.err;
    }
  }

  galera_cluster cluster_;
};

TEST_F(galera, a_crowd_and_operators_at_both_nodes_lose_nothing_to_conflicts) {
  std::vector<std::int64_t> offers;
  std::vector<issue_ask> asks;
  for (int i = 0; i < 3; ++i) {
    offers.push_back(create({.quantity = 700}));
    const auto more = crowd(offers.back(), 1, 1'000, static_cast<std::uint32_t>(i));
    asks.insert(asks.end(), more.begin(), more.end());
  }
  std::shuffle(asks.begin(), asks.end(), std::mt19937(chosen_seed()));
  std::atomic<bool> stop = false;
  auto at_first = std::async(std::launch::async, [&] { return change_titles(0, offers[0], stop); });
  auto at_second = std::async(std::launch::async, [&] { return change_titles(1, offers[0], stop); });
  const auto answers = shape().burst_until_answered(asks, {.connections = 64});
  stop = true;
  EXPECT_THAT(at_first.get(), ::testing::Each(200));
  EXPECT_THAT(at_second.get(), ::testing::Each(200));
  for (const std::int64_t offer : offers) {
    expect_kept(answers, offer);
    EXPECT_EQ(shape().rows(offer), 700);
  }
  expect_audits_agree();
}

TEST_F(galera, a_node_that_is_killed_in_mid_burst_and_joins_again_takes_nothing_with_it) {
  const std::int64_t offer = create({.quantity = 4'000});
  std::atomic<bool> killed = false;
  auto crowd_heard = std::async(std::launch::async, [&] {
    burst_options options{.connections = 32};
    options.disturbances.push_back({.after_answers = 500, .act = [&] { killed = true; }});
    auto answers = shape().burst_until_answered(crowd(offer, 1, 3'000), options);
    append(answers, shape().burst_until_answered(crowd(offer, 3'001, 2'000), options));
    return answers;
  });
  ASSERT_TRUE(eventually([&] { return killed.load(); }));
  cluster_.kill_second();
  cluster_.start_second();
  const auto answers = crowd_heard.get();
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 4'000);
  expect_audits_agree();
}

}  // namespace
}  // namespace firstcome::testing
