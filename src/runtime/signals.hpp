#pragma once

// How the process is asked to leave. SIGTERM, SIGINT and SIGHUP (the terminal went away; left alone under nohup): the
// first one calls back, so that the node can drain; the second one leaves at once with exit code 1. A node with a
// tokens file, or with keys for users' tokens that may change, takes SIGHUP for "read it again"; every other change of
// settings is a restart.
//
// Lives on one event loop; the callback runs there. Nothing is pending after `cancel` or the destructor.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>

namespace firstcome::runtime {

class stop_signals {
 public:
  /// `on_hangup` says whether SIGHUP was taken for something else, and is then no first signal.
  stop_signals(const boost::asio::any_io_executor& executor, std::function<void(int signal)> on_first,
               std::function<bool()> on_hangup = {});
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// From the loop's thread: a loop with nothing else to do ends after this.
  void cancel() { signals_.cancel(); }

 private:
  void wait_for_first();
  bool taken_otherwise(int signal) const;
  void wait_for_second();

  boost::asio::signal_set signals_;
  std::function<void(int)> on_first_;
  std::function<bool()> on_hangup_;
};

/// A client that went away shows as an error of the write, not as the death of the process.
void ignore_broken_pipes();

}  // namespace firstcome::runtime
