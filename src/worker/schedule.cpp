#include "worker/schedule.hpp"

#include <algorithm>
#include <utility>

namespace firstcome::worker {

void schedule::queue(coupon_id coupon, state& s) {
  if (s.queued) return;
  s.queued = true;
  due_.push_back(coupon);
}

void schedule::wake(coupon_id coupon, monotonic now) {
  state& s = known_[coupon];
  if (s.taken)
    s.woken_meanwhile = true;
  else if (!s.resting || s.rests_until <= now)
    queue(coupon, s);
}

std::optional<coupon_id> schedule::take(monotonic now) {
  end_rests(now);
  if (due_.empty()) return std::nullopt;
  const coupon_id coupon = due_.front();
  due_.pop_front();
  state& s = known_[coupon];
  s.queued = s.resting = false;
  s.taken = true;
  return coupon;
}

void schedule::give_back(coupon_id coupon, result how, monotonic now) {
  state& s = known_[coupon];
  const bool again = std::exchange(s.woken_meanwhile, false);
  s.taken = false;
  if (how == result::failed) {
    const int doublings = std::min(s.failures++, 20);
    s.rests_until = now + std::min<std::chrono::milliseconds>(rest_max, rest_min * (1 << std::min(doublings, 10)));
    s.resting = true;
    return;
  }
  s.failures = 0;
  if (how == result::watched) {
    s.rests_until = now + watch_interval;
    s.resting = true;
    return;
  }
  if (how == result::more || again)
    queue(coupon, s);
  else
    known_.erase(coupon);
}

void schedule::end_rests(monotonic now) {
  for (auto& [coupon, s] : known_)
    if (s.resting && !s.taken && s.rests_until <= now) queue(coupon, s);
}

std::optional<monotonic> schedule::next_due() const {
  std::optional<monotonic> first;
  for (const auto& [coupon, s] : known_)
    if (s.resting && !s.queued && !s.taken && (!first || s.rests_until < *first)) first = s.rests_until;
  return first;
}

}  // namespace firstcome::worker
