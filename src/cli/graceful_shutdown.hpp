#pragma once

// The main thread of a node: waits until the process is asked to leave (SIGTERM, SIGINT), has the node refuse new work,
// and returns once it is quiet or its time is over. A second signal ends the process at once.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

#include "cli/node.hpp"
#include "runtime/deadline.hpp"
#include "runtime/signals.hpp"

namespace firstcome::cli {

class graceful_shutdown {
 public:
  /// From here on, the signals are waited for.
  graceful_shutdown(node& of, std::chrono::milliseconds drain_max);

  void wait() { control_.run(); }

 private:
  void begin();
  void look();

  node& node_;
  const std::chrono::milliseconds drain_max_;
  boost::asio::io_context control_{1};
  boost::asio::steady_timer timer_;
  runtime::stop_signals signals_;
  runtime::deadline give_up_at_ = runtime::deadline::never();
};

}  // namespace firstcome::cli
