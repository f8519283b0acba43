#include "issuing/strategies/strategy.hpp"

#include <stdexcept>

namespace firstcome::issuing {

const std::vector<std::pair<std::string, strategy_name>>& strategy_names() {
  using enum strategy_name;
  static const std::vector<std::pair<std::string, strategy_name>> names = {
      {"sync-unsafe", sync_unsafe},       {"sync-mutex-in-tx", sync_mutex_in_tx},
      {"sync-mutex", sync_mutex},         {"sync-redis-lock", sync_redis_lock},
      {"sync-db-lock", sync_db_lock},     {"async-lock-zset", async_lock_zset},
      {"async-lock-set", async_lock_set}, {"async-script", async_script},
      {"async-batch", async_batch}};
  return names;
}

std::string to_string(strategy_name of) {
  return strategy_names().at(static_cast<std::size_t>(of)).first;
}

std::unique_ptr<strategy> make_strategy(strategy_name which, common_ground& shared, own_tools& own) {
  switch (which) {
    case strategy_name::sync_unsafe:
      return make_sync_unsafe(shared, own);
    case strategy_name::sync_mutex_in_tx:
      return make_sync_mutex_in_tx(shared, own);
    case strategy_name::sync_mutex:
      return make_sync_mutex(shared, own);
    case strategy_name::sync_redis_lock:
      return make_sync_redis_lock(shared, own);
    case strategy_name::sync_db_lock:
      return make_sync_db_lock(shared, own);
    case strategy_name::async_lock_zset:
      return make_async_lock_zset(shared, own);
    case strategy_name::async_lock_set:
      return make_async_lock_set(shared, own);
    case strategy_name::async_script:
      return make_async_script(shared, own);
    case strategy_name::async_batch:
      break;
  }
  throw std::logic_error("async-batch is the real gate, and no strategy of the lab");
}

}  // namespace firstcome::issuing
