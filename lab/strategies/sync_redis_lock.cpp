// sync-redis-lock: a lock in Redis, one for each coupon, around the whole transaction: what the mutex was for one
// server, for all of them. It holds as long as the lease does: asking whether it is still ours right before the commit
// makes the gap small, and nothing on this side can close it.

#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class sync_redis_lock final : public strategy {
 public:
  sync_redis_lock(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    const auto give_up = runtime::deadline::after(shared_.patience, shared_.clock.monotonic_now());
    const auto alone = shared_.locks.acquire(own_.redis, std::to_string(raw(coupon)), give_up);
    if (!alone) return errc::overloaded;
    transaction all_or_nothing(own_.tables);
    const issue_decision said = read_check_write(shared_, own_.tables, coupon, user);
    if (alone->lost()) return errc::overloaded;  // rolled back
    all_or_nothing.commit();
    return said;
  }

 private:
  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_sync_redis_lock(shared_parts& shared, per_thread& own) {
  return std::make_unique<sync_redis_lock>(shared, own);
}

}  // namespace firstcome::issuing
