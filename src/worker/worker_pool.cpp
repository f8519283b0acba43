#include "worker/worker_pool.hpp"

namespace firstcome::worker {

struct worker_pool::hands {
  explicit hands(worker_pool& of)
      : gate(of.make_gate_()),
        ledger(of.make_ledger_()),
        time(of.clock_),
        round(*gate, *ledger, time,
              {.rows_max = of.with_.rows_max, .retention = of.with_.retention, .watch = of.watch_}, of.on_) {}

  std::unique_ptr<gate::shared_gate> gate;
  std::unique_ptr<ledger::shared_ledger> ledger;
  coordination::machine_sleeping_clock time;
  coupon_round round;
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

bool worker_pool::drained() const {
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
      scan_ledger(with);
      locked.lock();
      --busy_;
      continue;
    }
    if (const std::optional<coupon_id> coupon = schedule_.take(now)) {
      ++busy_;
      locked.unlock();
      const schedule::result how = with.round.look_after(*coupon, [this] { return stopping_.load(); });
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
void worker_pool::scan_ledger(hands& with) {
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
    // Redis too: with a script of ours, or the worker would be ready and move nothing.
    with.gate->status(coupons.empty() ? coupon_id{id_min} : coupons.front());
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

}  // namespace firstcome::worker
