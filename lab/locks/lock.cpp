#include "lab/locks/lock.hpp"

#include <random>

namespace firstcome::redis {
namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

// KEYS: the lock. ARGV: token, lease in ms. 0: it is ours; otherwise the ms after which it comes free by itself.
const script take_if_free(R"(
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
return math.max(1, redis.call('PTTL', KEYS[1])))");

// KEYS: the lock. ARGV: token, channel. Tells those who wait which lock is free.
const script release_if_mine(R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], KEYS[1])
return 1)");

constexpr int tries_max = 2;

/// Both scripts may run twice: for a reply that was lost.
reply run_again_if_lost(session& over, const script& what, const arguments& keys, const arguments& args) {
  for (int tried = 1;; ++tried) {
    try {
      reply answer = over.run(what, keys, args);
      if (answer.is_error()) throw store_unavailable("Redis refuses a lock: " + std::string(answer.text()));
      return answer;
    } catch (const store_unavailable&) {
      if (tried == tries_max) throw;
    }
  }
}

std::string random_token() {
  thread_local std::mt19937_64 random(std::random_device{}() ^ (std::uint64_t{std::random_device{}()} << 32));
  return std::to_string(random()) + std::to_string(random());
}

}  // namespace

locks::locks(session::options with, std::string prefix, milliseconds lease_time)
    : prefix_(std::move(prefix)),
      channel_(prefix_ + "free"),
      lease_time_(lease_time),
      watchdog_(std::move(with), lease_time) {}

/// Nothing: it is ours now. Otherwise how long the lease that is there lasts.
std::optional<milliseconds> locks::try_once(session& over, lock_lease& lease) const {
  const monotonic asked_at = steady::now();
  const std::string ms = std::to_string(lease_time_.count());
  const std::int64_t left = run_again_if_lost(over, take_if_free, {lease.key}, {lease.token, ms}).integer();
  if (left > 0) return milliseconds(left);
  lease.valid_until = asked_at + lease_time_;
  return std::nullopt;
}

std::optional<held_lock> locks::acquire(session& over, const std::string& name, runtime::deadline until) {
  auto lease = std::make_shared<lock_lease>(prefix_ + name, random_token());
  if (!try_once(over, *lease)) return held_lock(*this, over, std::move(lease));
  lock_waiters::place waiting(waiters_, lease->key);
  for (;;) {
    // Listening from here on: what came free before is found by this try, what comes free after it wakes us.
    const std::optional<milliseconds> left = try_once(over, *lease);
    if (!left) return held_lock(*this, over, std::move(lease));
    const monotonic now = steady::now();
    if (until.passed(now)) return std::nullopt;
    waiting.wait_until(earlier(until, runtime::deadline::after(*left, now)));
  }
}

held_lock::held_lock(locks& of, session& over, std::shared_ptr<lock_lease> lease)
    : owner_(&of), over_(&over), lease_(std::move(lease)) {
  owner_->watchdog_.watch(lease_);
}

held_lock::~held_lock() {
  try {
    release();
  } catch (const store_unavailable&) {  // the lease ends by itself
  }
}

bool held_lock::lost() const {
  return lease_ == nullptr || lease_->lost(steady::now());
}

bool held_lock::release() {
  if (lease_ == nullptr) return false;
  const std::shared_ptr<lock_lease> mine = std::move(lease_);
  lease_ = nullptr;
  owner_->watchdog_.forget(*mine);
  return run_again_if_lost(*over_, release_if_mine, {mine->key}, {mine->token, owner_->channel_}).integer() == 1;
}

}  // namespace firstcome::redis
