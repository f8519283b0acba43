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
  static constexpr std::size_t token_refusals_max = 16;

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
