#include "sim/distributed/worker_node.hpp"

namespace firstcome::sim {
namespace {

constexpr std::size_t rows_max = 3;  // so that a few users make several batches
/// It looks that often whether a message came, at least.
constexpr microseconds nap = 100ms;
/// Of the product, which retires after whole hours: the worker's clock is ahead by what is more than the history's.
constexpr std::chrono::hours retention{1};

}  // namespace

worker_node::worker_node(const distributed_context& context, random_source random, std::string name)
    : context_(context),
      self_(context.time, random, std::move(name)),
      time_(self_, context.retention ? microseconds(retention) - *context.retention : 0us) {
  hooks_.on_failure = [this](const std::string& what) { context_.lines.note(self_.name(), "gave up: ", what); };
  hooks_.on_move = [this](coupon_id coupon, const worker::move_report& report) {
    if (report.outcome == worker::move_outcome::alarm) context_.on_alarm(coupon, report.why);
  };
  hooks_.on_recovery = [this](coupon_id coupon, const coordination::recovery_report& report) {
    if (report.loss_possible) context_.on_loss_reported(coupon, self_.name());
    context_.lines.note(self_.name(), "looked after the gate: ", static_cast<int>(report.outcome), " ", report.why);
  };
}

void worker_node::start() {
  self_.start();
  schedule_.emplace();
  retired_.forget_all();
  self_.spawn([this] { work(); });
}

void worker_node::wake(coupon_id coupon) {
  if (self_.alive()) self_.after(0us, [this, coupon] { schedule_->wake(coupon, self_.time()); });
}

void worker_node::subscribe_again() {
  if (!self_.alive()) return;
  self_.after(context_.latency, [this] {
    retired_.forget_all();
    schedule_->scan_soon();
  });
}

void worker_node::work() {
  session& with = *context_.sessions.emplace_back(std::make_unique<session>(
      context_.time, context_.lines, self_, context_.servers, ways_, context_.latency, context_.bug));
  worker::coupon_round round(*with.use.gate, *with.use.ledger, time_,
                             {.rows_max = rows_max, .retention = context_.retention ? retention : 0h}, hooks_);
  worker::coupon_scan coupons(*with.use.gate, *with.use.ledger, retired_,
                              {.page_coupons = 2,
                               .live_after_end = std::chrono::minutes(90),
                               .retention = context_.retention ? retention : 0h});
  for (;;) {
    const worker::schedule::task task = schedule_->next(self_.time());
    if (task.what == worker::schedule::work::nothing) {
      self_.sleep(until_due());
    } else if (task.what == worker::schedule::work::coupon) {
      looks_since_ = context_.time.now();
      const auto how = round.look_after(
          task.coupon, [this](std::size_t batches) { return schedule_->should_yield(batches, self_.time()); });
      schedule_->give_back(task.coupon, how, self_.time());
    } else {
      scan(coupons, task);
    }
  }
}

microseconds worker_node::until_due() {
  const microseconds longest(self_.random().between(100, nap.count()));
  const auto due = schedule_->next_due();
  if (!due) return longest;
  return std::clamp(std::chrono::ceil<microseconds>(*due - self_.time()), 1us, longest);
}

void worker_node::scan(worker::coupon_scan& with, const worker::schedule::task& page) {
  try {
    enter(*schedule_, page.what, with.read(page.what, page.after, time_.now()), self_.time());
  } catch (const store_unavailable&) {
    retired_.forget_all();
    schedule_->scan_failed(page.what, self_.time());
  }
}

}  // namespace firstcome::sim
