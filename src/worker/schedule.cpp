#include "worker/schedule.hpp"

#include <algorithm>
#include <utility>

namespace firstcome::worker {

// Who is handed out.

schedule::task schedule::next(monotonic now) {
  unpark_due(now);
  const bool page_due = scanning_ && ended_.due(now);
  const bool others = page_due || !found_.empty();
  const bool woken = !woken_.empty() && (!others || woken_in_a_row_ < woken_in_a_row_max);
  if (scanning_ && live_.due(now) && (!scanned_last_ || waiting() == 0)) {
    scanned_last_ = true;
    return {.what = work::live_scan, .after = live_.begin(now)};
  }
  scanned_last_ = false;
  if (woken) {
    ++woken_in_a_row_;
    return take_from(woken_);
  }
  woken_in_a_row_ = 0;
  if (page_due && (found_.empty() || !paged_last_)) {
    paged_last_ = true;
    return {.what = work::ended_scan, .after = ended_.begin(now)};
  }
  paged_last_ = false;
  return found_.empty() ? task{} : take_from(found_);
}

schedule::task schedule::take_from(run_queue& from) {
  const coupon_id coupon = from.front();
  from.pop_front();
  state& s = known_[coupon];
  s.queued = nullptr;
  s.taken = true;
  return {.what = work::coupon, .coupon = coupon};
}

bool schedule::should_yield(std::size_t batches, monotonic now) const {
  if (batches < quantum_batches) return false;
  const bool due_again = !parked_.empty() && parked_.top().until <= now;
  return waiting() > 0 || due_again || (scanning_ && (live_.due(now) || ended_.due(now)));
}

std::optional<monotonic> schedule::next_due() const {
  std::optional<monotonic> first;
  const auto consider = [&](std::optional<monotonic> due) {
    if (due && (!first || *due < *first)) first = due;
  };
  if (!parked_.empty()) consider(parked_.top().until);
  if (scanning_) {
    consider(live_.next_due());
    consider(ended_.next_due());
  }
  return first;
}

// Coupons that come and go.

/// At the end of the queue that it belongs in. One that waits among the others and is urgent now changes over.
void schedule::queue(coupon_id coupon, state& s) {
  run_queue& to = s.urgent ? woken_ : found_;
  if (s.queued == &to) return;
  if (s.queued != nullptr) s.queued->erase(s.place);
  s.queued = &to;
  s.place = to.insert(to.end(), coupon);
}

void schedule::wake(coupon_id coupon, monotonic now) {
  unpark_due(now);
  state& s = known_[coupon];
  s.urgent = true;
  if (s.taken)
    s.woken_meanwhile = true;
  else if (!s.parked)
    queue(coupon, s);
}

void schedule::find(coupon_id coupon) {
  const auto [entry, is_new] = known_.try_emplace(coupon);
  if (is_new) queue(coupon, entry->second);
}

void schedule::give_back(coupon_id coupon, result how, monotonic now) {
  state& s = known_[coupon];
  const bool again = std::exchange(s.woken_meanwhile, false);
  s.taken = false;
  if (how == result::failed) {
    const int doublings = std::min(s.failures++, 10);
    return park(coupon, s, now + std::min<std::chrono::milliseconds>(pause_max, pause_min * (1 << doublings)));
  }
  s.failures = 0;
  if (how == result::watched) return park(coupon, s, now + watch_interval);
  if (how == result::more || again)
    queue(coupon, s);
  else
    known_.erase(coupon);
}

void schedule::park(coupon_id coupon, state& s, monotonic until) {
  s.parked = true;
  parked_.push({until, coupon});
}

void schedule::unpark_due(monotonic now) {
  while (!parked_.empty() && parked_.top().until <= now) {
    const coupon_id coupon = parked_.top().coupon;
    parked_.pop();
    state& s = known_[coupon];
    s.parked = false;
    queue(coupon, s);
  }
}

// Scans.

void schedule::scanned(work which, std::optional<coupon_id> last, monotonic now) {
  pass_of(which).end(last, now);
}

void schedule::scan_failed(work which, monotonic now) {
  pass_of(which).fail(now);
}

void schedule::scan_soon() {
  live_.start_over();
  ended_.start_over();
}

}  // namespace firstcome::worker
