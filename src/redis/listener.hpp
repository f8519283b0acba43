#pragma once

// Hears what is published in Redis, on a thread of its own. Pub/sub is at most once: a message that is published while
// the connection is away is lost. So `on_gap` is called each time it has subscribed (again): whoever relies on messages
// forgets there what they might have told. Thread safety: the callbacks run on the listener's thread.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "domain/error.hpp"
#include "redis/address.hpp"
#include "redis/connection.hpp"

namespace firstcome::redis {

class listener {
 public:
  struct callbacks {
    std::function<void(std::string_view channel, std::string_view message)> on_message;
    std::function<void()> on_gap;
  };

  /// `patterns` as PSUBSCRIBE takes them.
  listener(address at, connection::options with, std::vector<std::string> patterns, callbacks call);
  /// Waits until no callback runs any more; at most one connect time-out.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// Subscribed now, as far as is known.
  bool hears() const { return hears_; }

 private:
  void run();
  void hear_from(const node_address& node);
  void subscribe(connection& over);
  void hand_out(const reply_view& message);
  bool readable_or_stopped(int socket) const;
  void pause() const;

  const address at_;
  const connection::options with_;
  const std::vector<std::string> patterns_;
  const callbacks call_;
  int stop_;  // an eventfd
  std::atomic<bool> stopping_{false};
  std::atomic<bool> hears_{false};
  std::thread thread_;
};

}  // namespace firstcome::redis
