#pragma once

// What the process counts about itself, in Prometheus' text format. Counting costs a few uncontended relaxed atomic
// additions: each thread counts into a stripe of its own, and the stripes are summed when somebody asks.
// Thread safety: any thread; `watch` before anybody asks for the text.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "domain/error.hpp"
#include "domain/verdict.hpp"

namespace firstcome::runtime {

class metrics {
 public:
  static constexpr std::size_t routes_max = 64;
  static constexpr std::size_t token_refusals_max = 32;

  // What is said to a request to issue, as labels; the verdicts first, in their order.
  static constexpr std::array<const char*, 10> outcome_names = {
      "coupon_not_found", "already_issued", "paused",   "not_started", "ended",
      "sold_out",         "admitted",       "returned", "overloaded",  "unavailable"};
  // Upper bounds of the buckets: from 10 µs to 10 s.
  static constexpr std::array<double, 19> duration_bounds_s = {
      0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
      0.025,   0.05,     0.1,     0.25,   0.5,     1,      2.5,   5,      10};

  /// Requests to issue since the start, by outcome and by how long they took (the last bucket has no bound).
  struct issue_totals {
    std::array<std::uint64_t, outcome_names.size()> outcomes{};
    std::array<std::uint64_t, duration_bounds_s.size() + 1> durations{};
  };

  /// What is read at the moment of asking. Absent ones are not reported.
  struct gauges {
    std::function<std::size_t()> connections;  // open client connections
    std::function<std::size_t()> waiting;      // requests that wait for the writer
  };

  /// `route_names`: the label of each route, by index; at most routes_max.
  explicit metrics(std::vector<std::string> route_names);
  ~metrics();

  void watch(gauges what) { gauges_ = std::move(what); }

  /// The label of each reason to refuse a token, by index; at most token_refusals_max. Before anybody asks, too.
  void name_token_refusals(std::vector<std::string> names);

  void count_request(std::size_t route, int status);
  void count_token_refusal(std::size_t reason);
  /// One request to issue: what came out, and how long it took from handling to answering.
  void count_issue(verdict what, std::chrono::nanoseconds took);
  void count_issue_failure(errc why, std::chrono::nanoseconds took);
  /// One batch of the embedded writer: see embedded_writer::batch_report.
  void count_batch(std::size_t calls, std::size_t rows, std::chrono::nanoseconds commit_duration);

  std::string to_prometheus() const;
  /// The same figures as to_prometheus, those of issuing only: cheap enough to be asked every second by many.
  issue_totals read_issue_totals() const;

 private:
  struct stripe;
  class collector;
  stripe& mine();

  static constexpr std::size_t stripes = 16;
  const std::vector<std::string> route_names_;
  std::vector<std::string> token_refusal_names_;
  const std::unique_ptr<stripe[]> stripes_;
  gauges gauges_;
};

}  // namespace firstcome::runtime
