#pragma once

// What a node does when twice as much comes as it can do. First its peak is found with a closed loop; then come, on an
// open loop: a normal load, the overload, and the normal load again. Figures of each, and everything that was heard.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "load/open_loop.hpp"

namespace firstcome::load {

struct overload_options {
  endpoint target;
  std::string path;      // of the POST that issues to a user
  pid_t server_pid = 0;  // whose memory and CPU are read
  std::int64_t first_user = 1;
  std::uint64_t seed = 1;
  int peak_connections = 256;  // enough to fill its batches, and few enough that nobody is refused
  int connections = 4000;
  instant_ns connection_patience_ns = open_loop_options{}.connection_patience_ns;
  double peak_s = 3;
  double normal_s = 2;
  double overload_s = 30;
  double after_s = 4;
  double capacity_per_s = 0;  // when it is known; otherwise the peak that is measured
  double normal_load = 0.3;   // of the capacity
  double overload = 2;        // of the capacity
};

struct latency_ms {
  double p50 = 0, p99 = 0, max = 0;
};

struct overload_figures {
  double peak_per_s = 0;        // accepted, with as many connections as keep it busy
  double peak_again_per_s = 0;  // the same when all is over
  latency_ms normal;            // before: the accepted, at a normal load

  // During the overload, by the instant at which each was due or (what was done) heard.
  double offered_per_s = 0;
  double accepted_per_s = 0;
  double refused_per_s = 0;  // surely not
  double unknown_per_s = 0;  // `unavailable`, or no answer
  std::uint64_t offered = 0, unsent = 0, unknown = 0;
  std::uint64_t refused_without_retry_after = 0;
  latency_ms accepted, refused;  // from the instant at which each was due
  latency_ms refusing;           // from the instant at which it was sent
  double slowest_answer_ms = 0;  // of all runs, from the instant at which it was sent
  double of_peak = 0;            // accepted: goodput

  std::int64_t rss_at_peak = 0;     // bytes, the most while the peak was measured
  std::int64_t rss_first_half = 0;  // the most in the overload's first half
  std::int64_t rss_second_half = 0;

  /// Of the overload's time, how long the server or the generator stood ready and had no core, whichever is more:
  /// other work on the machine.
  double waited_share = 0;

  double cpu_us_accepted = 0;  // of the server for each, at its peak
  double cpu_us_refused = 0;   // for each refusal in the overload: what the accepted do not explain

  /// After the overload's end, until of those who came within a tenth of a second all were accepted, and half of them
  /// within twice the normal time. Negative: never.
  double normal_after_ms = -1;
};

struct overload_result {
  overload_figures figures;
  std::vector<heard> history;  // of all runs
};

overload_result run_overload(const overload_options& options);

/// What came of an overload that lasted from `begin` to `end`: its own part of the figures.
void summarize_overload(const std::vector<heard>& history, instant_ns begin, instant_ns end, overload_figures& figures);

}  // namespace firstcome::load
