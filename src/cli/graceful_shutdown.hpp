#pragma once

// The main thread of a node: waits until the process is asked to leave (SIGTERM, SIGINT), has the node drain, and
// returns once it is quiet or out of patience. A second signal ends the process at once.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

#include "runtime/signals.hpp"

namespace firstcome::cli {

/// What can be asked to finish its work.
class node {
 public:
  virtual ~node() = default;
  /// No new work; what is under way is finished. Returns at once.
  virtual void drain() = 0;
  virtual bool drained() const = 0;
  /// SIGHUP: what is read again while the node runs (tokens), is read again. False: nothing is, and it is asked to
  /// leave.
  virtual bool read_again() { return false; }
};

class graceful_shutdown {
 public:
  /// From here on, the signals are waited for.
  graceful_shutdown(node& of, std::chrono::milliseconds patience);

  void wait() { control_.run(); }

 private:
  void begin();
  void look();

  node& node_;
  const std::chrono::milliseconds patience_;
  boost::asio::io_context control_{1};
  boost::asio::steady_timer timer_;
  runtime::stop_signals signals_;
  std::chrono::steady_clock::time_point give_up_at_;
};

}  // namespace firstcome::cli
