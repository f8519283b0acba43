#pragma once

// A crowd of connections on one thread: each sends a request, waits for the answer, sends the next. What is sent and
// what an answer means is the workload's business; how bytes travel is this file's. A workload that has nothing to send
// until an instant of its own makes an open loop of it (open_loop.hpp). Every crowd of the benchmark, the lab and the
// tests is a workload of this loop.
//
// It has to be lighter than the server it measures: plain epoll, one read and one write a request, nothing allocated
// between requests. A connection that ends is opened again: at once when it was of use, after a pause when it was not.
// Not thread safe; one run at a time on a thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lab/load/address.hpp"

namespace firstcome::load {

using instant_ns = std::int64_t;  // steady clock

instant_ns now_ns();

struct outgoing {
  std::string_view bytes;      // a whole request; valid until `next` is called again
  std::uint64_t tag = 0;       // comes back with the answer
  instant_ns patience_ns = 0;  // then it is lost; 0: the loop's own `request_timeout_ns`
};

/// A connection that is free, and where it leads.
struct free_connection {
  std::size_t number;  // from 0 on
  std::size_t target;  // 0: loop_options::target, n: the n-th of `more_targets`
};

struct answer {
  std::uint64_t tag;
  int status;
  std::string_view body;  // valid during the call
  int retry_after_s;      // as the server asked; 0 when it did not
  instant_ns sent_at;     // before the first byte was handed to the kernel
  instant_ns received_at;
};

class workload {
 public:
  virtual ~workload() = default;
  /// The next request of a connection that is free; nothing: ask again in about a millisecond.
  virtual std::optional<outgoing> next(instant_ns now, const free_connection& on) = 0;
  virtual void answered(const answer& a) = 0;
  /// The connection ended, or the time-out passed, after the request may have reached the server: outcome unknown.
  virtual void lost(std::uint64_t tag, instant_ns sent_at, instant_ns now) = 0;
  /// True: nothing more is to be sent. The run ends when it is true and no answer is outstanding.
  virtual bool finished(instant_ns now) = 0;
  /// True: the run ends now, and what is outstanding is lost.
  virtual bool gives_up(instant_ns /*now*/) { return false; }
  /// The loop comes round at this instant at the latest, to the microsecond, and asks `finished`.
  virtual instant_ns comes_round_at() { return INT64_MAX; }
};

enum class turned_away {
  tries_again,  // a connection that nobody takes is opened again, until `connect_patience_ns` is over
  stays_away,   // it is not opened again; the run ends when all of them are so
};

struct loop_options {
  endpoint target;
  std::vector<endpoint> more_targets = {};  // the connections are spread evenly over all of them
  int connections = 1;
  instant_ns request_timeout_ns = 10'000'000'000;
  instant_ns connect_patience_ns = 10'000'000'000;  // how long the server may be gone before the run gives up
  turned_away when_refused = turned_away::tries_again;
  bool by_turns = false;  // of the free connections that was free longest sends next, not the one that came last
};

/// Throws std::system_error when the server cannot be reached for `connect_patience_ns`.
void run_closed_loop(const loop_options& options, workload& work);

}  // namespace firstcome::load
