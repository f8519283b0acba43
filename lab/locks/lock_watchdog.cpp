#include "lab/locks/lock_watchdog.hpp"

#include <algorithm>

namespace firstcome::redis {
namespace {

using steady = std::chrono::steady_clock;

// KEYS: the lock. ARGV: token, lease in ms.
const script renew_if_mine(R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2]))");

constexpr int tries_per_lease = 10;  // after a failure

}  // namespace

lock_watchdog::lock_watchdog(session::options with, std::chrono::milliseconds lease_time)
    : lease_time_(lease_time), redis_(std::move(with)) {
  thread_ = std::thread([this] { run(); });
}

lock_watchdog::~lock_watchdog() {
  {
    const std::lock_guard locked(lock_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
}

void lock_watchdog::watch(std::shared_ptr<lock_lease> held) {
  held->renew_at = steady::now() + lease_time_ / 3;
  const std::lock_guard locked(lock_);
  held_.push_back(std::move(held));
}

void lock_watchdog::forget(const lock_lease& released) {
  const std::lock_guard locked(lock_);
  std::erase_if(held_, [&](const auto& each) { return each.get() == &released; });
}

monotonic lock_watchdog::next_due() const {
  monotonic next = monotonic::max();
  for (const auto& each : held_) next = std::min(next, each->renew_at);
  return next;
}

lock_watchdog::leases lock_watchdog::due(monotonic now) const {
  leases found;
  for (const auto& each : held_)
    if (each->renew_at <= now) found.push_back(each);
  return found;
}

void lock_watchdog::run() {
  std::unique_lock locked(lock_);
  while (!stopping_) {
    // It looks up often enough by itself: waking it for every lock that is taken would cost more than the lock.
    stop_.wait_until(locked, std::min(next_due(), steady::now() + lease_time_ / 6));
    const leases now_due = due(steady::now());
    locked.unlock();
    for (const auto& each : now_due) renew(*each);
    locked.lock();
  }
}

void lock_watchdog::renew(lock_lease& held) {
  const monotonic asked_at = steady::now();
  const std::string ms = std::to_string(lease_time_.count());
  monotonic next = asked_at + lease_time_ / 3;
  try {
    const reply answer = redis_.run(renew_if_mine, {held.key}, {held.token, ms});
    if (!answer.is_error() && answer.integer() == 1) {
      held.valid_until = asked_at + lease_time_;
    } else {
      held.taken_away = true;
      next = monotonic::max();
    }
  } catch (const store_unavailable&) {
    next = asked_at + lease_time_ / tries_per_lease;  // until valid_until passes, nothing is lost
  }
  const std::lock_guard locked(lock_);
  held.renew_at = next;
}

}  // namespace firstcome::redis
