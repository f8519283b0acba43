// async-lock-zset: a lock in Redis, and under it a sorted set of users by arrival time. Is the user in it (ZSCORE), is
// there room (ZCARD), put the user in (ZADD NX: an arrival time is never overwritten), and into the queue (RPUSH). With
// taking and releasing the lock that is six round trips, and everybody wants that lock. The order that a sorted set
// keeps, and pays O(log n) for, is not needed: the lock has put everybody in order already.

#include "lab/strategies/ask_redis.hpp"
#include "lab/strategies/cached_precheck.hpp"
#include "lab/strategies/lab_keys.hpp"
#include "lab/strategies/queue_of_list.hpp"
#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

timestamp from_score(std::string_view score) {
  return from_microseconds(std::stoll(std::string(score)) * 1000);
}

class async_lock_zset final : public strategy {
 public:
  async_lock_zset(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

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
    const redis::reply score = ask(own_.redis, {"ZSCORE", users, member});
    if (!score.is_nil())
      return issue_decision{.what = verdict::already_issued,
                            .record = record_of(c.id, user, issue_status::accepted, from_score(score.text()))};
    if (c.total_quantity && ask(own_.redis, {"ZCARD", users}).integer() >= *c.total_quantity) {
      shared_.cache.note_gone(c.id, c.total_quantity);
      return issue_decision{.what = verdict::sold_out};
    }
    shared_.think();
    if (alone.lost()) return errc::overloaded;
    const timestamp now = to_whole_milliseconds(shared_.clock.now());
    const std::string arrival_ms = std::to_string(to_microseconds(now) / 1000);
    ask(own_.redis, {"ZADD", users, "NX", arrival_ms, member});
    push(own_.redis, {.coupon = c.id, .user = user});
    return issue_decision{.what = verdict::admitted, .record = record_of(c.id, user, issue_status::accepted, now)};
  }

  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_async_lock_zset(shared_parts& shared, per_thread& own) {
  return std::make_unique<async_lock_zset>(shared, own);
}

}  // namespace firstcome::issuing
