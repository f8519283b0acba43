#pragma once

// Redis as the issue path uses it: one client for each event loop, one connection to each master, any number of calls
// under way on it, answered in the order of each connection. It connects by itself and again after a failure, and with
// Redis Cluster it follows the slots.
//
// Each call has a deadline and three possible outcomes (completion.hpp). Nothing is sent twice, but what Redis surely
// did not execute (NOSCRIPT, MOVED, ASK, TRYAGAIN). An answer that comes after the deadline goes to nobody; when it is
// late by more than `stall_max`, the connection is given up.
//
// Memory is bounded by `calls_max` times the largest call. Deadlines are looked at every 10 ms.
// Thread safety: the loop's thread only, but for `connected` and `under_way`. It is to outlive the loop's run.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "redis/async_connection.hpp"
#include "redis/slot_map.hpp"

namespace firstcome::redis {

class async_client final : private async_connection::listener, private completion {
 public:
  struct options {
    address at;
    durability wanted = durability::always;  // checked on every connect, on every master
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds stall_max{1000};  // an answer may be late by so much
    std::size_t calls_max = 4096;               // under way, those included whose deadline has passed
  };

  async_client(boost::asio::io_context& context, runtime::readiness& sockets, options with);
  /// Tells nobody any more: `stop` is to come first.
  ~async_client();

  /// Begins to connect.
  void start();
  /// Ends all calls (`unknown`, or `not_executed`) and connections, so that the loop can come to its end.
  void stop();

  /// EVALSHA, and EVAL where the script is not known. `what` and `to` live until the outcome; `keys` and `args` are
  /// copied. The first key decides which node of a cluster is asked; the others share its hash tag.
  void run(const script& what, texts keys, texts args, monotonic deadline, completion& to);
  void call(std::string_view key, texts words, monotonic deadline, completion& to);

  /// Every master is connected, and every slot has one. Any thread.
  bool connected() const { return connected_.load(std::memory_order_relaxed); }
  /// Calls that owe an answer or an outcome. Any thread.
  std::size_t under_way() const { return under_way_.load(std::memory_order_relaxed); }

 private:
  // calls
  async_call* admitted(std::string_view key, monotonic deadline, completion& to);
  void dispatch(async_call& call);
  bool place(async_call& call);
  void refuse_soon(completion& to, const char* why);
  completion* told(async_call& call);
  void wait(async_call& call, monotonic until);

  // what the connections say
  void on_answer(async_connection& by, async_call& call, reply_view answer) override;
  void on_error(async_connection& by, async_call& call, std::string_view error);
  void log_error(const async_connection& by, std::string_view error);
  void follow(async_connection& by, async_call& call, std::string_view error, bool for_good);
  void on_lost(async_call& call, bool sent) override;
  void on_ready(async_connection& which) override;
  void on_down(async_connection& which, const std::string& why) override;

  // nodes
  async_connection* route(const async_call& call);
  async_connection& connection_to(const node_address& node);
  async_connection& add_connection(std::vector<node_address> hosts);
  bool is_wanted(const async_connection& one) const;
  void note_connected();
  void forget_a_silent_cluster(monotonic now);
  void load_slots(monotonic now);
  void replied(reply_view slots) override;  // to our own question about the slots
  void not_executed(std::string_view why) override;
  void unknown(std::string_view why) override;

  // time
  void tick();
  void tick_call(async_call& call, monotonic at);
  void tick_soon();

  boost::asio::io_context& context_;
  const options with_;
  async_connection::surroundings around_;
  boost::asio::steady_timer timer_;
  bool ticking_ = false;
  bool stopped_ = true;

  std::vector<std::unique_ptr<async_call>> calls_;
  std::vector<async_call*> free_;
  std::vector<std::pair<completion*, const char*>> refused_;  // told at the end of this turn

  std::vector<std::unique_ptr<async_connection>> connections_;
  std::optional<slot_map> slots_;
  async_connection* asked_for_slots_ = nullptr;
  std::size_t next_to_ask_ = 0;
  bool slots_doubted_ = true;
  monotonic slots_due_{};
  monotonic silent_since_{};  // since when no node of the cluster has been connected
  monotonic log_error_at_{};  // when the next error is worth a line
  std::string logged_;        // what went wrong last: said once

  std::atomic<bool> connected_ = false;
  std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace firstcome::redis
