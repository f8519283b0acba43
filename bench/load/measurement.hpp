#pragma once

// One measured run: warm up, then count and time every answer until the time or the number of requests is up.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "lab/load/closed_loop.hpp"
#include "lab/load/histogram.hpp"
#include "lab/load/request_text.hpp"

namespace firstcome::load {

enum class user_kind { fixed, sequential, random };

struct measurement_options {
  endpoint target;
  std::string path;
  std::string body = R"({"userId":@})";
  int connections = 64;
  double duration_s = 3;       // of the measured part; ignored when `requests` is given
  double warm_up_s = 0.5;      // answers until then are checked and not counted; 0 when `requests` is given
  std::uint64_t requests = 0;  // 0: as many as fit
  user_kind users = user_kind::fixed;
  std::uint64_t first_user = 1;  // fixed: the user; sequential: the first one; random: where in the order to start
  std::uint64_t seed = 1;
  std::uint64_t different_users = 0;      // start over after so many; 0: never
  std::set<int> expected{200, 201, 202};  // any other status is an error
  std::string tokens_file;                // a bearer token a line; each user has the next one, and the users are these
  std::string bearer;                     // one token for all; the users stand in path or body
  pid_t server_pid = 0;                   // 0: the server's CPU is not measured
};

struct measurement {
  double seconds = 0;  // of the measured part; the figures down to the CPU are of that part only
  std::uint64_t answers = 0;
  histogram latency_ns;
  std::map<int, std::uint64_t> answers_by_status;
  double client_cpu_us_per_request = 0;
  double client_cpu_share = 0;     // of one core; near 1 the client was the limit, not the server
  double client_waited_share = 0;  // of the time: ready, and no core; so much was the machine not ours
  double server_cpu_us_per_request = 0;
  double server_waited_share = 0;  // summed over its threads, which wait for each other too when they share a core
  std::uint64_t users_asked = 0;   // warm-up included: where a next run may start
  std::uint64_t unexpected = 0;    // answers with another status, warm-up included
  std::uint64_t lost = 0;          // requests without an answer, warm-up included
};

/// Throws std::system_error when the server cannot be reached, std::runtime_error when the machine was so busy that the
/// client did not run while it should have measured.
measurement measure(const measurement_options& options);

std::string to_json(const measurement& m);

}  // namespace firstcome::load
