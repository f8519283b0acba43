#pragma once

// A blocking conversation with Redis, for everything but the issue path: workers, confirm and rebuild, operators'
// changes, the auditor. It connects when it is first used and again after a failure; with Redis Cluster it follows the
// slots (MOVED, ASK) and keeps one connection for each master.
//
// Thread safety: one thread. A call that fails throws `store_unavailable`: unknown whether it happened; the connection
// is dropped, so that a late answer is never taken for that of another call. Nothing is ever sent twice, but what Redis
// surely did not execute: redirections, TRYAGAIN, CLUSTERDOWN, LOADING, NOSCRIPT. A Redis that answers but must not be
// used as it is gets `misconfigured` or `not_durable_enough` (redis/handshake.hpp), both of them `store_unavailable`.

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/address.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"
#include "runtime/contact.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::redis {

using arguments = std::vector<std::string_view>;  // they must live until the call returns

class session {
 public:
  struct options {
    address at;
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds reply_timeout{2000};  // of a call with all its retries, counted from `finish` on
    durability wanted = durability::always;         // checked on every connect, on every master
    runtime::contact* contact = nullptr;            // is told whether Redis answers; outlives the session
  };

  explicit session(options with);
  ~session();

  /// Whatever is waited for from now on ends by then. What would be asked later is not: deadline_passed.
  void until(runtime::deadline last);

  /// `key` decides which node of a cluster is asked; empty: any master. An error reply is a reply: see
  /// `reply_view::is_error`.
  reply call(std::string_view key, const arguments& command);
  /// EVALSHA, and EVAL where the script is not known. `keys` share one hash tag.
  reply run(const script& what, const arguments& keys, const arguments& args);

  // Fetching ahead: `start` sends, `finish` waits for the answer. At most one is under way. Any other call
  // before `finish` abandons the first: it may still happen, and its connection is dropped.
  void start(const script& what, const arguments& keys, const arguments& args);
  reply finish();

  struct script_call {
    std::vector<std::string> keys;  // share one hash tag
    std::vector<std::string> args;
  };
  /// Runs a script that may run twice, once for each, without waiting for one answer before the next is asked for:
  /// `each` gets the replies in order.
  void run_each(const script& what, std::span<const script_call> calls, const std::function<void(reply)>& each);

  /// Once on every master.
  void on_each_master(const arguments& command, const std::function<void(const std::string& node, reply)>& each);

 private:
  struct implementation;
  const std::unique_ptr<implementation> state_;
};

}  // namespace firstcome::redis
