// async-lock-set: a lock in Redis, and under it a plain set. Is the user in it (SISMEMBER), is there room (SCARD), put
// the user in (SADD), and into the queue (RPUSH). Each step is O(1), and none of them knows of the others: without the
// lock, two users could both be told that there is room. The lock is what holds, and what costs.

#include "lab/strategies/ask_redis.hpp"
#include "lab/strategies/cached_precheck.hpp"
#include "lab/strategies/lab_keys.hpp"
#include "lab/strategies/queue_of_list.hpp"
#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class async_lock_set final : public strategy {
 public:
  async_lock_set(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    const cached_look look = look_at_cache(shared_, own_, coupon);
    if (look.said.what != verdict::admitted) return look.said;
    const auto give_up = runtime::deadline::after(shared_.patience, shared_.clock.monotonic_now());
    const auto alone = shared_.locks.acquire(own_.redis, std::to_string(raw(coupon)), give_up);
    if (!alone) return errc::overloaded;
    return check_and_add(*look.found.what, user, *alone);
  }

 private:
  result<issue_decision> check_and_add(const coupon& c, user_id user, const redis::held_lock& alone) {
    const std::string users = lab_keys::users(c.id), member = std::to_string(raw(user));
    const timestamp now = to_whole_milliseconds(shared_.clock.now());
    const issue_record record = record_of(c.id, user, issue_status::accepted, now);  // a set remembers no time
    if (ask(own_.redis, {"SISMEMBER", users, member}).integer() == 1)
      return issue_decision{.what = verdict::already_issued, .record = record};
    if (c.total_quantity && ask(own_.redis, {"SCARD", users}).integer() >= *c.total_quantity) {
      shared_.cache.note_gone(c.id, c.total_quantity);
      return issue_decision{.what = verdict::sold_out};
    }
    shared_.think();
    if (alone.lost()) return errc::overloaded;
    ask(own_.redis, {"SADD", users, member});
    push(own_.redis, {.coupon = c.id, .user = user});
    return issue_decision{.what = verdict::admitted, .record = record};
  }

  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_async_lock_set(shared_parts& shared, per_thread& own) {
  return std::make_unique<async_lock_set>(shared, own);
}

}  // namespace firstcome::issuing
