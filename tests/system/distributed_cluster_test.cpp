// The distributed shape on a Redis Cluster: three masters, coupons spread over them.

#include <algorithm>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/operator_log.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class distributed_cluster : public distributed_test {
 protected:
  void start_on_cluster(bool replicas) {
    cluster_ = std::make_unique<redis_cluster>(redis_cluster::settings{.replicas = replicas});
    start_shape({.workers = 2, .cluster = cluster_.get()});
  }
  redis_cluster& cluster() { return *cluster_; }

  void TearDown() override {
    distributed_test::TearDown();
    start_shape({.apis = 0, .workers = 0});  // lets go of the cluster before that goes
  }

  int slot_of(std::int64_t offer) {
    return static_cast<int>(
        cluster().node(0).command({"CLUSTER", "KEYSLOT", "fc:{" + std::to_string(offer) + "}:meta"}).integer());
  }
  int owner_of(std::int64_t offer) { return cluster().owner_of(slot_of(offer)); }

  /// A coupon that lies on that master.
  std::int64_t create_on(int master, const coupon_wish& wish) {
    for (int i = 0; i < 100; ++i)
      if (const std::int64_t offer = create(wish); owner_of(offer) == master) return offer;
    throw std::runtime_error("no coupon came to lie on that master");
  }

  /// How often the nodes have answered with that error.
  std::int64_t errors(const std::string& name) {
    std::int64_t all = 0;
    for (int n = 0; n < cluster().size(); ++n) {
      const std::string info = cluster().node(n).ask({"INFO", "errorstats"});
      const std::size_t at = info.find("errorstat_" + name + ":count=");
      if (at != std::string::npos) all += std::stoll(info.substr(info.find('=', at) + 1));
    }
    return all;
  }

 private:
  std::unique_ptr<redis_cluster> cluster_;
};

TEST_F(distributed_cluster, coupons_that_are_spread_over_the_masters_are_all_issued) {
  start_on_cluster(false);
  std::vector<std::int64_t> offers;
  std::vector<issue_ask> asks;
  for (int i = 0; i < 9; ++i) {
    offers.push_back(create_on(i % 3, {.quantity = 100}));
    const auto more = crowd(offers.back(), 1, 300, static_cast<std::uint32_t>(i));
    asks.insert(asks.end(), more.begin(), more.end());
  }
  std::shuffle(asks.begin(), asks.end(), std::mt19937(3));
  const auto answers = shape().burst_until_answered(asks);
  for (const std::int64_t offer : offers) {
    expect_kept(answers, offer);
    EXPECT_EQ(shape().rows(offer), 100);
  }
}

// From the first step to the last the old master answers for the keys that it still has, and the new one for the
// others; in the end the data lies on another server, which is confirmed before it admits.
TEST_F(distributed_cluster, a_slot_that_moves_in_the_middle_of_a_burst_takes_its_coupon_along) {
  start_on_cluster(false);
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 2; ++round) {
    const std::int64_t offer = create({.quantity = 1'000});
    const int slot = slot_of(offer);
    const int to = (owner_of(offer) + 1) % 3;
    const std::size_t at = 100 + random() % 300;
    const burst_options options{
        .connections = 64,
        .disturbances = {
            {.after_answers = at, .act = [&] { cluster().start_moving(slot, to); }},
            {.after_answers = at + 150, .act = [&] { cluster().move_keys(slot, to); }},
            {.after_answers = at + 300, .and_then = 300ms, .act = [&] { cluster().finish_moving(slot, to); }}}};
    const auto asks = crowd(offer, 1, 3'000, static_cast<std::uint32_t>(random()));
    auto answers = shape().burst(asks, options);
    if (owner_of(offer) != to) cluster().finish_moving(slot, to);  // when the crowd was through sooner
    append(answers, shape().burst_until_answered(asks));
    EXPECT_EQ(owner_of(offer), to);
    expect_kept(answers, offer);
    EXPECT_EQ(shape().rows(offer), 1'000);
  }
  EXPECT_GT(errors("ASK") + errors("MOVED"), 0) << "no node was ever sent elsewhere: the test tested nothing";
}

// The replica may lack what its master answered last. What it has is right, and nobody gets two.
TEST_F(distributed_cluster, after_a_fail_over_the_rows_are_right_whatever_the_replica_had) {
  start_on_cluster(true);
  const std::int64_t offer = create_on(1, {.quantity = 1'000});
  const std::int64_t elsewhere = create_on(2, {.quantity = 1'000});
  auto asks = crowd(offer, 1, 2'000);
  const auto others = crowd(elsewhere, 1, 2'000, 2);
  asks.insert(asks.end(), others.begin(), others.end());
  std::shuffle(asks.begin(), asks.end(), std::mt19937(3));
  auditor::instant_ns killed_at = 0;
  const disturbance kill{.after_answers = 600, .act = [&] {
                           killed_at = history_now();
                           cluster().node(1).kill();
                         }};
  auto answers = shape().burst(asks, {.connections = 64, .disturbances = {kill}});
  ASSERT_TRUE(eventually([this] { return cluster().is_master(4); }));
  cluster().await_all_slots();
  const auditor::assumptions lost{.gate_lost_at = {{killed_at, history_now()}}};
  append(answers, shape().burst_until_answered(asks));
  expect_kept(answers, offer, lost);
  expect_kept(answers, elsewhere);
  EXPECT_EQ(shape().rows(offer), 1'000);
  EXPECT_EQ(shape().rows(elsewhere), 1'000);
}

}  // namespace
}  // namespace firstcome::testing
