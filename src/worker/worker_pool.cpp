#include "worker/worker_pool.hpp"

#include "runtime/machine.hpp"

namespace firstcome::worker {

namespace {
constexpr std::chrono::seconds idle_wait{1};  // of who has nothing to wait for but messages
}

struct worker_pool::thread_context {
  explicit thread_context(worker_pool& of)
      : gate(of.make_gate_()),
        ledger(of.make_ledger_()),
        time(of.clock_),
        round(*gate, *ledger, time,
              {.rows_max = of.options_.rows_max, .retention = of.options_.retention, .watch = of.watch_}, of.hooks_),
        scan(*gate, *ledger, of.retired_, {.retention = of.options_.retention}) {}

  std::unique_ptr<gate::shared_gate> gate;
  std::unique_ptr<ledger::shared_ledger> ledger;
  coordination::machine_sleeping_clock time;
  coupon_round round;
  coupon_scan scan;
};

worker_pool::worker_pool(gate_source make_gate, ledger_source make_ledger, const runtime::clock& clock, options with,
                         hooks on)
    : make_gate_(std::move(make_gate)),
      make_ledger_(std::move(make_ledger)),
      clock_(clock),
      options_(with),
      hooks_(std::move(on)),
      schedule_(with.live_scan, with.ended_scan) {}

void worker_pool::start() {
  for (int n = 0; n < options_.threads; ++n) threads_.emplace_back([this] { work(); });
}

worker_pool::~worker_pool() {
  {
    const std::lock_guard locked(lock_);  // or who is about to wait would miss it
    stopping_ = true;
  }
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
  retired_.forget_all();
  {
    const std::lock_guard locked(lock_);
    schedule_.scan_soon();
  }
  changed_.notify_all();
}

void worker_pool::drain() {
  {
    const std::lock_guard locked(lock_);
    draining_ = true;
    schedule_.stop_scanning();
  }
  changed_.notify_all();
}

bool worker_pool::drained() const {
  const std::lock_guard locked(lock_);
  return draining_ && busy_ == 0 && schedule_.waiting() == 0;
}

void worker_pool::work() {
  runtime::name_this_thread("queue-mover");
  thread_context context(*this);
  std::unique_lock locked(lock_);
  while (!stopping_) {
    const monotonic now = clock_.monotonic_now();
    const schedule::task task = schedule_.next(now);
    if (task.what == schedule::work::nothing) {
      // Until a message comes, a parked coupon or a scan is due.
      changed_.wait_until(locked, schedule_.next_due().value_or(now + idle_wait));
      continue;
    }
    ++busy_;
    locked.unlock();
    if (task.what == schedule::work::coupon)
      look_after(context, task.coupon);
    else
      scan(context, task);
    locked.lock();
    --busy_;
  }
}

void worker_pool::look_after(thread_context& context, coupon_id coupon) {
  const schedule::result how = context.round.look_after(coupon, [this](std::size_t batches) {
    if (stopping_) return true;
    const std::lock_guard locked(lock_);
    return schedule_.should_yield(batches, clock_.monotonic_now());
  });
  const std::lock_guard locked(lock_);
  schedule_.give_back(coupon, how, clock_.monotonic_now());
}

void worker_pool::scan(thread_context& context, const schedule::task& page) {
  try {
    const coupon_scan::page found = context.scan.read(page.what, page.after, clock_.now());
    hooks_.on_success();
    for (const coupon_scan::seen& one : found.coupons)
      hooks_.on_standing(one.coupon, one.behind, page.what == schedule::work::ended_scan && !one.needs_a_look);
    const std::lock_guard locked(lock_);
    enter(schedule_, page.what, found, clock_.monotonic_now());
  } catch (const std::exception& why) {
    hooks_.on_failure(why.what());
    retired_.forget_all();  // the store that comes back may have an older copy of what it had
    const std::lock_guard locked(lock_);
    schedule_.scan_failed(page.what, clock_.monotonic_now());
  }
  changed_.notify_all();
}

}  // namespace firstcome::worker
