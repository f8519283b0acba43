#pragma once

// What one run of one strategy brought: a line of the table.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lab/experiment/judge.hpp"

namespace firstcome::lab {

struct outcome {
  std::string strategy;
  int servers = 1;

  std::int64_t requests = 0;     // that were answered
  std::int64_t accepted = 0;     // different users who heard yes
  std::int64_t unavailable = 0;  // 503 or no answer; asked again
  std::int64_t issued_quantity = 0;
  std::int64_t rows = 0;
  judgement verdict;

  double seconds = 0;  // from the first request to the last answer
  double requests_per_second = 0;
  double p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0;
  /// CPU time for each request, of all processes of a kind; absent: not ours, or not used.
  std::optional<double> api_cpu_us, redis_cpu_us, database_cpu_us;
  double last_row_s = 0;  // from the first request to the last row in the database
};

/// What a whole run of the lab was made with, for its report.
struct conditions {
  std::int64_t users = 0;
  std::int64_t quantity = 0;
  std::int64_t everybody = 0;  // users of the runs in which everybody gets one; 0: there were none
  int connections = 0;
  int store_threads = 0;
  int think_time_ms = 0;
  double duration_s = 0;
  std::string date, machine, redis_version, database_version, firstcome_version;
};

struct findings {
  conditions under;
  std::vector<outcome> crowd;
  std::vector<outcome> everybody;  // the same strategies, with a coupon for each user: what a yes costs
};

}  // namespace firstcome::lab
