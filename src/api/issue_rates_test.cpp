#include "api/issue_rates.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/standing_clock.hpp"

namespace firstcome::api {
namespace {

class rates_of_issuing : public ::testing::Test {
 protected:
  boost::json::value told() { return boost::json::parse(rates.to_json()); }
  void say(verdict what, int times) {
    while (times-- > 0) counted.count_issue(what, std::chrono::milliseconds(2));
  }

  runtime::metrics counted{{"none"}};
  testing::standing_clock clock;
  issue_rates rates{counted, clock};
};

TEST_F(rates_of_issuing, are_a_second_and_by_outcome) {
  say(verdict::admitted, 10);
  say(verdict::sold_out, 30);
  clock.passed = std::chrono::seconds(2);
  const auto told_now = told();
  EXPECT_EQ(told_now.at("windowMs"), 2000);
  EXPECT_EQ(told_now.at("perSecond").at("admitted"), 5.0);
  EXPECT_EQ(told_now.at("perSecond").at("sold_out"), 15.0);
  EXPECT_EQ(told_now.at("perSecond").at("paused"), 0.0);
}

TEST_F(rates_of_issuing, forget_what_is_long_ago) {
  say(verdict::admitted, 100);
  for (int turn = 1; turn <= 3; ++turn) {
    clock.passed = turn * issue_rates::window;
    told();
  }
  EXPECT_EQ(told().at("perSecond").at("admitted"), 0.0);
  EXPECT_TRUE(told().at("p99Ms").is_null());
}

TEST_F(rates_of_issuing, have_percentiles_within_their_bucket) {
  EXPECT_TRUE(told().at("p50Ms").is_null());
  say(verdict::admitted, 99);
  counted.count_issue(verdict::admitted, std::chrono::milliseconds(80));
  clock.passed = std::chrono::seconds(1);
  const double p50 = told().at("p50Ms").as_double();
  EXPECT_GT(p50, 1);
  EXPECT_LE(p50, 2.5);
  const runtime::metrics::issue_totals all = counted.read_issue_totals();
  EXPECT_GT(percentile_ms(all, 0.995), 50);
  EXPECT_LE(percentile_ms(all, 0.995), 100);
}

}  // namespace
}  // namespace firstcome::api
