#pragma once

// Listens to channels of Redis on a thread and a connection of its own, and connects again whenever that is lost.
// Messages are at most once: what is published while nobody listens is gone, which may cost time and nothing else.
//
// Thread safety: the listener is called on the subscriber's thread, one call at a time; who lives on an event loop
// posts from there. Everything else from any thread.

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "redis/address.hpp"

namespace firstcome::redis {

class connection;

class subscriber {
 public:
  class listener {
   public:
    /// From now on messages come. Before this, some may have been missed: look for yourself.
    virtual void on_subscribed() = 0;
    /// The texts live until this returns.
    virtual void on_message(std::string_view channel, std::string_view text) = 0;

   protected:
    ~listener() = default;
  };
  struct options {
    address at;  // in a cluster any node will do: messages reach all of them
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds quiet_max{5000};  // then Redis is asked whether it is still there
  };

  subscriber(options with, std::vector<std::string> channels, listener& to);
  /// Waits for the thread: a call of the listener, or an attempt to connect.
  ~subscriber();
  subscriber(const subscriber&) = delete;

 private:
  void work();
  void listen_to(const node_address& node);
  void subscribe(connection& to);
  void deliver_all(connection& from);
  bool sleep(std::chrono::milliseconds time);
  enum class event { bytes, quiet, stop };
  event await(int socket, std::chrono::milliseconds time);

  const options options_;
  const std::vector<std::string> channels_;
  listener& listener_;
  bool was_subscribed_ = false;  // since the last attempt
  int stop_;                     // an eventfd: readable from the destructor on
  std::thread thread_;
};

}  // namespace firstcome::redis
