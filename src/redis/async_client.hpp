#pragma once

// Redis as the issue path uses it: one client for each event loop, one connection to each master, any number of calls
// under way on it, answered in the order of each connection. It connects by itself and again after a failure, and with
// Redis Cluster it follows the slots.
//
// Each call has a deadline and three possible outcomes (completion.hpp). Nothing is sent twice, but what Redis surely
// did not execute (NOSCRIPT, MOVED, ASK, TRYAGAIN). An answer that comes after the deadline goes to nobody; when it is
// late by more than `stall_max`, the connection is given up.
//
// What is decided, call_table decides, without I/O; here are the sockets, the timer and the log around it.
// Memory is bounded by `calls_max` times the largest call. Deadlines are looked at every 10 ms.
// Thread safety: the loop's thread only, but for `connected` and `under_way`. It is to outlive the loop's run.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <vector>

#include "redis/async_connection.hpp"
#include "redis/call_table.hpp"

namespace firstcome::redis {

class async_client final : private async_connection::listener {
 public:
  using options = call_table::options;

  async_client(boost::asio::io_context& context, runtime::readiness& sockets, options with);
  /// Tells nobody any more: `stop` is to come first.
  ~async_client();

  /// Begins to connect.
  void start();
  /// Ends all calls (`unknown`, or `not_executed`) and connections, so that the loop can come to its end.
  void stop();

  /// EVALSHA, and EVAL where the script is not known. `what` and `to` live until the outcome; `keys` and `args` are
  /// copied. The first key decides which node of a cluster is asked; the others share its hash tag.
  void run(const script& what, texts keys, texts args, runtime::deadline until, completion& to);
  void call(std::string_view key, texts words, runtime::deadline until, completion& to);

  /// Every master is connected, and every slot has one. Any thread.
  bool connected() const { return table_.connected(); }
  /// Calls that owe an answer or an outcome. Any thread.
  std::size_t under_way() const { return table_.under_way(); }

 private:
  void on_resolved(std::size_t node, unsigned attempt, std::vector<std::string> addresses) override;
  void on_not_resolved(std::size_t node, unsigned attempt, const std::string& why) override;
  void on_opened(std::size_t node) override;
  void on_greeted(std::size_t node, std::size_t step, reply_view answer) override;
  void on_writing(std::size_t node) override;
  void on_answered(async_call& call, reply_view answer) override;
  void on_broken(std::size_t node, const char* why) override;
  void on_closed(std::size_t node, const std::string& why) override;

  void act();
  void carry_out(const call_action& what);
  void say(const call_action& what) const;
  async_connection& connection(std::size_t node);
  void tick_later();

  boost::asio::io_context& context_;
  runtime::readiness& sockets_;
  boost::asio::steady_timer timer_;
  call_table table_;
  std::vector<std::unique_ptr<async_connection>> connections_;  // by the index of their node
  bool acting_ = false;  // whoever is told may make new calls: what these ask for comes after
};

}  // namespace firstcome::redis
