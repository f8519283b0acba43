#pragma once

// A crowd that comes by a schedule, whatever the answers do: an open loop. Latency counts from the instant at which a
// request was due, so that a server that keeps the generator waiting is charged for it (no coordinated omission).
// Connections are bounded: a request that found none free for a while is not sent, and is counted as such.
//
// Who is refused may ask again: as the server said, or at once. One thread, over the epoll loop of
// lab/load/closed_loop.hpp.

#include <cstdint>
#include <string>
#include <vector>

#include "lab/load/closed_loop.hpp"

namespace firstcome::load {

struct planned_request {
  instant_ns due_at = 0;
  std::int64_t user = 0;
};

/// Requests at random instants (exponential gaps) from `begin` for `seconds`, `per_second` on average, by the users
/// from `first_user` on, each once.
std::vector<planned_request> steady_arrivals(instant_ns begin, double seconds, double per_second,
                                             std::int64_t first_user, std::uint64_t seed);

enum class asking_again {
  never,
  after_retry_after,  // and a second after an outcome that stayed unknown
  at_once,
};

struct open_loop_options {
  endpoint target;
  std::vector<endpoint> more_targets = {};
  std::string path;  // of the POST; the body names the user
  int connections = 1000;
  instant_ns connection_patience_ns = 250'000'000;  // how long after its instant a request may find a connection
  instant_ns request_timeout_ns = 20'000'000'000;   // more than the server's own deadline, to see it kept
  asking_again refused = asking_again::never;
  instant_ns asks_until = INT64_MAX;  // an instant: who was refused later does not ask again
};

struct heard {
  enum class kind : std::uint8_t { answer, lost, no_connection };

  std::int64_t user = 0;
  instant_ns due_at = 0;
  instant_ns sent_at = 0;
  instant_ns received_at = 0;  // or when it was lost, or given up
  kind what = kind::answer;
  bool surely_not = false;  // the answer was `overloaded`
  int status = 0;
  int retry_after_s = 0;
  std::int64_t sequence = 0;  // of a yes

  bool yes() const { return what == kind::answer && status >= 200 && status < 300; }
  instant_ns latency_ns() const { return received_at - due_at; }
};

/// Runs the plan, and what follows from it, to its end. Everything that was heard, in that order.
std::vector<heard> run_open_loop(const open_loop_options& options, const std::vector<planned_request>& plan);

}  // namespace firstcome::load
