#pragma once

// A blocking conversation with Redis, for everything but the issue path: workers, confirm and rebuild, operators'
// changes, the auditor. It connects when it is first used and again after a failure; with Redis Cluster it follows the
// slots (MOVED, ASK) and keeps one connection for each master.
//
// Thread safety: one thread. A call that fails throws `store_unavailable`: unknown whether it happened. Nothing is
// ever sent twice, but what Redis surely did not execute: redirections, TRYAGAIN, NOSCRIPT.

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "redis/address.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"

namespace firstcome::redis {

using arguments = std::vector<std::string_view>;  // they must live until the call returns

class session {
 public:
  struct options {
    address at;
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds reply_timeout{2000};
    durability wanted = durability::always;  // checked on every connect, on every master
  };

  explicit session(options with);
  ~session();

  /// `key` decides which node of a cluster is asked. An error reply is a reply: see `reply::error`.
  reply call(std::string_view key, const arguments& command);
  /// EVALSHA, and EVAL where the script is not known. `keys` share one hash tag.
  reply run(const script& what, const arguments& keys, const arguments& args);

  // Fetching ahead: `start` sends, `finish` waits for the answer. At most one is under way; other calls meanwhile are a
  // mistake.
  void start(const script& what, const arguments& keys, const arguments& args);
  reply finish();

  /// Once on every master.
  void on_each_master(const arguments& command, const std::function<void(const std::string& node, reply)>& each);

 private:
  struct implementation;
  const std::unique_ptr<implementation> state_;
};

}  // namespace firstcome::redis
