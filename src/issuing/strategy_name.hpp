#pragma once

// The ways of issuing, as `--strategy` names them. Only async-batch serves; the others are the lab's (lab/strategies/).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace firstcome::issuing {

enum class strategy_name : std::uint8_t {
  sync_unsafe,
  sync_mutex_in_tx,
  sync_mutex,
  sync_redis_lock,
  sync_db_lock,
  async_lock_zset,
  async_lock_set,
  async_script,
  async_batch,  // the real gate: issuing/distributed/issuer.hpp
};

/// As in `--strategy`.
const std::vector<std::pair<std::string, strategy_name>>& strategy_names();
std::string to_string(strategy_name of);

/// A queue in Redis stands behind it: an accepted user becomes a row later.
constexpr bool is_asynchronous(strategy_name of) {
  return of >= strategy_name::async_lock_zset;
}

}  // namespace firstcome::issuing
