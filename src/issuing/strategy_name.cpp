#include "issuing/strategy_name.hpp"

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

}  // namespace firstcome::issuing
