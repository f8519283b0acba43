#pragma once

// A crowd of connections on one thread: each sends a request, waits for the answer, sends the next. What is sent and
// what an answer means is the workload's business; how bytes travel is this file's. A workload that has nothing to send
// until an instant of its own makes an open loop of it (open_loop.hpp).
//
// It has to be lighter than the server it measures: plain epoll, one read and one write a request, nothing allocated
// between requests. A connection that ends is opened again. Not thread safe; one run at a time on a thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firstcome::load {

using instant_ns = std::int64_t;  // steady clock

instant_ns now_ns();

struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// Takes `http://host[:port]`, a path after it is ignored. Throws std::invalid_argument.
endpoint parse_url(std::string_view url);

struct outgoing {
  std::string_view bytes;  // a whole request; valid until `next` is called again
  std::uint64_t tag = 0;   // comes back with the answer
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
  /// The next request of some connection that is free; nothing: ask again in about a millisecond.
  virtual std::optional<outgoing> next(instant_ns now) = 0;
  virtual void answered(const answer& a) = 0;
  /// The connection ended, or the time-out passed, after the request may have reached the server: outcome unknown.
  virtual void lost(std::uint64_t tag, instant_ns sent_at, instant_ns now) = 0;
  /// True: nothing more is to be sent. The run ends when it is true and no answer is outstanding.
  virtual bool finished(instant_ns now) = 0;
};

struct loop_options {
  endpoint target;
  std::vector<endpoint> more_targets = {};  // the connections are spread evenly over all of them
  int connections = 1;
  instant_ns request_timeout_ns = 10'000'000'000;
  instant_ns connect_patience_ns = 10'000'000'000;  // how long the server may be gone before the run gives up
};

/// Throws std::system_error when the server cannot be reached for `connect_patience_ns`.
void run_closed_loop(const loop_options& options, workload& work);

}  // namespace firstcome::load
