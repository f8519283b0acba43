#pragma once

// One call of an async_client, from the asking to the answer (or beyond: who gave up waiting does not stop Redis from
// answering). Records are used again. Thread safety: the loop's thread only.

#include <optional>

#include "domain/time.hpp"
#include "redis/command.hpp"
#include "redis/completion.hpp"

namespace firstcome::redis {

class async_connection;

struct async_call {
  enum class state { free, waiting, under_way };

  state now = state::free;
  completion* to = nullptr;  // nullptr: told already; the answer is to be dropped
  command request;
  int slot = 0;
  monotonic deadline{};
  int redirections = 0;

  // waiting: for its next attempt, which is surely the first that is executed
  monotonic retry_at{};
  std::optional<node_address> elsewhere;  // ASK: there, and not where the slot belongs
  bool asking = false;

  // under way
  async_connection* at = nullptr;
  std::uint64_t number = 0;  // of the calls on that connection
};

}  // namespace firstcome::redis
