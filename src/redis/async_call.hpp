#pragma once

// One call of an async_client, from the asking to the answer (or beyond: who gave up waiting does not stop Redis from
// answering). Records are used again. Thread safety: the loop's thread only.

#include <cstdint>
#include <optional>

#include "domain/time.hpp"
#include "redis/address.hpp"
#include "redis/command.hpp"
#include "redis/completion.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::redis {

struct async_call {
  enum class state : std::uint8_t { free, waiting, under_way };
  enum class purpose : std::uint8_t { callers, map };  // somebody's, or our own question for the cluster's map

  state now = state::free;
  purpose what_for = purpose::callers;
  bool completed = false;    // the outcome is out; the answer is to be dropped
  completion* to = nullptr;  // of a caller's call
  command request;
  int slot = 0;
  runtime::deadline until = runtime::deadline::never();
  int redirections = 0;

  // waiting: for its next attempt, which is surely the first that is executed
  monotonic retry_at{};
  std::optional<node_address> elsewhere;  // ASK: there, and not where the slot belongs
  bool asking = false;

  // under way
  std::size_t node = 0;
  std::uint64_t number = 0;  // of the calls on that node's link
};

}  // namespace firstcome::redis
