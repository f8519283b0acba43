#pragma once

// What became of a call that an async_client was asked for. Exactly one of these is called, once, on the loop's thread,
// never from inside the call itself; it may make further calls. None of them may throw, and none may destroy a socket
// that the loop watches: hand answers over by posting (completion_queue does).

#include <string_view>

#include "redis/reply.hpp"

namespace firstcome::redis {

class completion {
 public:
  /// Redis executed it. The reply is no error, and lives until this returns.
  virtual void replied(reply_view answer) = 0;
  /// Surely not executed: there was no connection, or too much is under way, or Redis refused it before it did anything
  /// (out of memory, a replica, no master for the slot, loading, ...). `why` is for the log.
  virtual void not_executed(std::string_view why) = 0;
  /// Sent, and then no answer by the deadline, or the connection was lost, or a script failed half-way. It may have
  /// been executed, and may still be.
  virtual void unknown(std::string_view why) = 0;

 protected:
  ~completion() = default;
};

}  // namespace firstcome::redis
