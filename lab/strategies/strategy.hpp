#pragma once

// One way of issuing coupons, as people build it: straight-line code that blocks its thread. Each stands in a file of
// its own, named as it is in `--strategy`, and is read from top to bottom; docs/strategies.md says why it holds or
// breaks. They are for the lab: blocking_issuer.hpp makes an issuer of them.
//
// A strategy object belongs to one thread at a time; what all threads of a process share is in `shared_parts`.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "issuing/strategy_name.hpp"
#include "lab/cache/coupon_cache.hpp"
#include "lab/locks/lock.hpp"
#include "lab/strategies/original_tables.hpp"
#include "redis/session.hpp"
#include "runtime/clock.hpp"

namespace firstcome::issuing {

/// What all threads of a process share.
struct shared_parts {
  const runtime::clock& clock;
  redis::locks& locks;
  coupon_cache& cache;
  std::chrono::milliseconds patience{30'000};  // for a lock
  /// What else an application does inside its transaction, between reading and writing and again before the commit: it
  /// makes the gap wide in which the unsafe ones break.
  std::function<void()> think = [] {};
  std::mutex mutex = {};
};

/// What each thread has of its own. Made without Redis; connected to it when it is first used.
struct per_thread {
  per_thread(const sql::mysql_address& database, const redis::session::options& redis_options)
      : tables(database), redis(redis_options) {}

  original_tables tables;
  redis::session redis;
};

class strategy {
 public:
  virtual ~strategy() = default;

  /// A decision, or errc::overloaded: surely not. Throws store_unavailable or sql::mysql_error; after a connection_lost
  /// it is unknown whether it happened, after any other it surely did not.
  virtual result<issue_decision> issue(coupon_id coupon, user_id user) = 0;
};

std::unique_ptr<strategy> make_strategy(strategy_name which, shared_parts& shared, per_thread& own);

// One for each file.
std::unique_ptr<strategy> make_sync_unsafe(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_sync_mutex_in_tx(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_sync_mutex(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_sync_redis_lock(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_sync_db_lock(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_async_lock_zset(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_async_lock_set(shared_parts& shared, per_thread& own);
std::unique_ptr<strategy> make_async_script(shared_parts& shared, per_thread& own);

}  // namespace firstcome::issuing
