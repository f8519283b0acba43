#include "worker/worker_pool.hpp"

namespace firstcome::worker {

namespace {

constexpr int in_vain_max = 3;

}  // namespace

struct worker_pool::hands {
  explicit hands(worker_pool& of)
      : gate(of.make_gate_()), ledger(of.make_ledger_()), time(of.clock_), recovery(*gate, *ledger, time) {}

  std::unique_ptr<gate::shared_gate> gate;
  std::unique_ptr<ledger::shared_ledger> ledger;
  machine_pace time;
  worker::recovery recovery;
};

worker_pool::worker_pool(gate_source make_gate, ledger_source make_ledger, const runtime::clock& clock, options with,
                         hooks on)
    : make_gate_(std::move(make_gate)),
      make_ledger_(std::move(make_ledger)),
      clock_(clock),
      with_(with),
      on_(std::move(on)) {}

void worker_pool::start() {
  for (int n = 0; n < with_.threads; ++n) threads_.emplace_back([this] { work(); });
}

worker_pool::~worker_pool() {
  stopping_ = true;
  changed_.notify_all();
  for (std::thread& one : threads_) one.join();
}

void worker_pool::wake(coupon_id coupon) {
  {
    const std::lock_guard locked(lock_);
    schedule_.wake(coupon, clock_.monotonic_now());
  }
  changed_.notify_one();
}

void worker_pool::wake_all() {
  {
    const std::lock_guard locked(lock_);
    next_net_ = {};
  }
  changed_.notify_one();
}

void worker_pool::drain() {
  {
    const std::lock_guard locked(lock_);
    draining_ = true;
  }
  changed_.notify_all();
}

bool worker_pool::quiet() const {
  const std::lock_guard locked(lock_);
  return draining_ && busy_ == 0 && schedule_.waiting() == 0;
}

bool worker_pool::net_is_due(monotonic now) {
  if (draining_ || now < next_net_) return false;
  next_net_ = now + with_.net_interval;
  return true;
}

void worker_pool::work() {
  hands with(*this);
  std::unique_lock locked(lock_);
  while (!stopping_) {
    const monotonic now = clock_.monotonic_now();
    if (net_is_due(now)) {
      ++busy_;
      locked.unlock();
      cast_net(with);
      locked.lock();
      --busy_;
      continue;
    }
    if (const std::optional<coupon_id> coupon = schedule_.take(now)) {
      ++busy_;
      locked.unlock();
      const schedule::result how = look_after(*coupon, with);
      locked.lock();
      --busy_;
      schedule_.give_back(*coupon, how, clock_.monotonic_now());
      continue;
    }
    // Nobody is due: until a message comes, somebody has rested, or the net is cast again.
    monotonic until = draining_ ? now + with_.net_interval : next_net_;
    if (const auto due = schedule_.next_due()) until = std::min(until, *due);
    changed_.wait_until(locked, until);
  }
}

/// Everybody whose log may still grow is looked at, woken or not: messages get lost, and Redis or the ledger may have
/// gone back without anybody asking.
void worker_pool::cast_net(hands& with) {
  const monotonic now = clock_.monotonic_now();
  timestamp ended_after = clock_.now() - with_.active_after_end;
  {
    const std::lock_guard locked(lock_);
    if (now >= next_wide_net_) {
      ended_after = {};
      next_wide_net_ = now + with_.wide_net_interval;
    }
  }
  try {
    const std::vector<coupon_id> coupons = with.ledger->coupons_ending_after(ended_after);
    on_.on_success();
    const std::lock_guard locked(lock_);
    for (const coupon_id coupon : coupons) schedule_.wake(coupon, now);
  } catch (const std::exception& why) {
    on_.on_failure(why.what());
    const std::lock_guard locked(lock_);
    if (ended_after == timestamp{}) next_wide_net_ = {};
  }
  changed_.notify_all();
}

schedule::result worker_pool::look_after(coupon_id coupon, hands& with) {
  try {
    log_mover mover(coupon, *with.gate, *with.ledger, clock_, with_.rows_max);  // knows nothing: looks at all of it
    int in_vain = 0;
    for (;;) {
      const move_report report = mover.step();
      on_.on_move(coupon, report);
      switch (report.outcome) {
        case move_outcome::moved:
          if (stopping_) return schedule::result::more;
          in_vain = 0;
          continue;
        case move_outcome::nothing:
          retire_if_over(coupon, report, with);
          return schedule::result::drained;
        case move_outcome::again:
          if (++in_vain < in_vain_max) continue;
          return schedule::result::drained;  // who is at it finishes it; a message or the net brings us back
        case move_outcome::unfit:
          return care_for(coupon, with);
        case move_outcome::alarm:
          return schedule::result::failed;
      }
    }
  } catch (const std::exception& why) {
    on_.on_failure(why.what());
    return schedule::result::failed;
  }
}

/// Some days after its end nobody asks any more: the gate's users are freed, and the ledger answers.
void worker_pool::retire_if_over(coupon_id coupon, const move_report& drained, hands& with) {
  if (with_.retention == std::chrono::hours(0) || !drained.ends) return;
  if (*drained.ends + with_.retention <= clock_.now()) with.gate->retire(coupon, drained.epoch);
}

schedule::result worker_pool::care_for(coupon_id coupon, hands& with) {
  const care_report report = with.recovery.ensure_ready(coupon);
  on_.on_care(coupon, report);
  switch (report.outcome) {
    case care_outcome::ready:
    case care_outcome::no_coupon:
      return schedule::result::drained;
    case care_outcome::confirmed:
    case care_outcome::rebuilt:
      return schedule::result::more;
    case care_outcome::busy:
    case care_outcome::alarm:
      return schedule::result::failed;
  }
  return schedule::result::failed;
}

}  // namespace firstcome::worker
