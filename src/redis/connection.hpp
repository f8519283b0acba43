#pragma once

// One blocking connection to one Redis node, checked (handshake) before it can be used. It knows nothing of clusters.
//
// Every function throws `store_unavailable` when the connection fails; it must then be dropped: what is still to come
// on it belongs to nobody. Thread safety: one thread; it may be moved to another while nothing is under way.

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "redis/address.hpp"
#include "redis/reply.hpp"
#include "runtime/deadline.hpp"

struct redisContext;

namespace firstcome::redis {

class connection {
 public:
  struct options {
    std::chrono::milliseconds connect_timeout{2000};  // for each address of the host
    std::chrono::milliseconds reply_timeout{2000};    // for each answer of the handshake, and for each write
    durability wanted = durability::always;
  };

  /// Connects and shakes hands, until `until` at the latest. Also throws `misconfigured` and `not_durable_enough`.
  connection(const address& whole, const node_address& node, const options& with,
             runtime::deadline until = runtime::deadline::never());

  const node_address& node() const { return node_; }
  int socket() const;

  void send(std::string_view bytes);
  /// Waits until then; what has arrived by then is taken even when it has passed.
  reply receive(runtime::deadline until);
  /// What is sent from now on is taken by the other side within so long.
  void limit_writes(std::chrono::milliseconds each);
  /// An answer that has been read already, if there is one. Never waits, never reads.
  std::optional<reply> take();
  /// Reads what the socket has; waits when it has nothing.
  void read_some();
  /// True: nobody closed it and nothing came unasked. To be asked only while no answer is owed.
  bool usable();

 private:
  void shake_hands(const address& whole, const options& with, runtime::deadline until);
  [[noreturn]] void fail(std::string_view what);

  struct release {
    void operator()(redisContext* owned) const;
  };
  node_address node_;
  std::unique_ptr<redisContext, release> context_;
  std::chrono::milliseconds write_limit_{};
};

}  // namespace firstcome::redis
