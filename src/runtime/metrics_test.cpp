#include "runtime/metrics.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace firstcome::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(metrics, count_requests_by_route_and_class_of_status) {
  metrics m({"GET /a", "none"});
  m.count_request(0, 200);
  m.count_request(0, 204);
  m.count_request(0, 503);
  const std::string text = m.to_prometheus();
  EXPECT_THAT(text, HasSubstr("firstcome_http_requests_total{route=\"GET /a\",status=\"2xx\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_http_requests_total{route=\"GET /a\",status=\"5xx\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("route=\"none\"")));
}

TEST(metrics, count_issue_outcomes_and_how_long_they_took) {
  metrics m({"none"});
  m.count_issue(verdict::admitted, 3ms);
  m.count_issue(verdict::sold_out, 20us);
  m.count_issue_failure(errc::overloaded, 20s);
  m.count_issue_failure(errc::unavailable, 1ns);
  const std::string text = m.to_prometheus();
  EXPECT_THAT(text, HasSubstr("firstcome_issue_outcomes_total{outcome=\"admitted\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_outcomes_total{outcome=\"sold_out\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_outcomes_total{outcome=\"overloaded\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_outcomes_total{outcome=\"unavailable\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_duration_seconds_count 4\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_duration_seconds_bucket{le=\"0.0025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_duration_seconds_bucket{le=\"0.005\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_duration_seconds_bucket{le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_issue_duration_seconds_bucket{le=\"+Inf\"} 4\n"));
}

TEST(metrics, describe_the_writers_batches) {
  metrics m({"none"});
  m.count_batch(100, 60, 2ms);
  m.count_batch(5, 0, 0ns);
  const std::string text = m.to_prometheus();
  EXPECT_THAT(text, HasSubstr("firstcome_batch_calls_sum 105\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_batch_calls_bucket{le=\"8\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_rows_committed_total 60\n"));
  EXPECT_THAT(text, HasSubstr("firstcome_commit_duration_seconds_count 1\n"));
}

TEST(metrics, read_the_gauges_when_asked) {
  metrics m({"none"});
  EXPECT_THAT(m.to_prometheus(), Not(HasSubstr("firstcome_connections")));
  std::size_t connections = 3;
  m.watch({.connections = [&] { return connections; }, .waiting = [] { return std::size_t{7}; }});
  connections = 4;
  EXPECT_THAT(m.to_prometheus(), HasSubstr("firstcome_connections 4\n"));
  EXPECT_THAT(m.to_prometheus(), HasSubstr("firstcome_waiting_requests 7\n"));
}

TEST(metrics, lose_nothing_when_threads_count_at_once) {
  metrics m({"none"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) m.count_issue(verdict::admitted, 1us);
    });
  for (auto& t : threads) t.join();
  EXPECT_THAT(m.to_prometheus(), HasSubstr("firstcome_issue_outcomes_total{outcome=\"admitted\"} 20000\n"));
}

}  // namespace
}  // namespace firstcome::runtime
