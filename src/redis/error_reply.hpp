#pragma once

// What an error reply of Redis means for whoever sent the command. Pure.

#include <optional>
#include <string_view>

#include "redis/address.hpp"

namespace firstcome::redis {

enum class error_kind {
  moved,            // another master serves this slot from now on
  ask,              // another master has these keys already: ASKING and the command there, this once
  try_again,        // the slot is being moved and some keys are here, some there
  cluster_down,     // no master serves the slot; or nobody has agreed on one yet
  loading,          // Redis reads its data
  master_down,      // a replica that lost its master
  read_only,        // a replica
  no_script,        // EVALSHA of a script that it does not know
  refused,          // for another reason, before anything was executed: memory, disk, replicas, rights, ...
  perhaps_executed  // anything else: a script may have failed half-way
};

error_kind kind_of(std::string_view error);
inline bool surely_not_executed(error_kind kind) {
  return kind != error_kind::perhaps_executed;
}

struct redirection {
  int slot = 0;
  node_address to;
};
/// Of MOVED and ASK; nothing when it cannot be read. A redirection without a host stays on the host that was asked.
std::optional<redirection> redirection_of(std::string_view error, const node_address& asked);

}  // namespace firstcome::redis
