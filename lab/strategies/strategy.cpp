#include "lab/strategies/strategy.hpp"

#include <stdexcept>

namespace firstcome::issuing {

std::unique_ptr<strategy> make_strategy(strategy_name which, shared_parts& shared, per_thread& own) {
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
