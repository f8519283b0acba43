#include "sim/distributed/worker_node.hpp"

namespace firstcome::sim {
namespace {

constexpr std::size_t rows_max = 3;  // so that a few users make several batches
constexpr microseconds net_interval = 1s;
/// It looks that often whether a message came, at least.
constexpr microseconds nap = 100ms;

}  // namespace

worker_node::worker_node(const distributed_surroundings& around, random_source random, std::string name)
    : around_(around), self_(around.time, random, std::move(name)) {
  hooks_.on_failure = [this](const std::string& what) { around_.lines.note(self_.name(), "gave up: ", what); };
  hooks_.on_move = [this](coupon_id, const worker::move_report& report) {
    if (report.outcome == worker::move_outcome::alarm) around_.on_alarm(report.why);
  };
  hooks_.on_recovery = [this](coupon_id, const coordination::recovery_report& report) {
    around_.lines.note(self_.name(), "looked after the gate: ", static_cast<int>(report.outcome), " ", report.why);
  };
}

void worker_node::start() {
  self_.start();
  schedule_ = {};
  next_net_ = {};
  self_.spawn([this] { work(); });
}

void worker_node::wake(coupon_id coupon) {
  if (self_.alive()) self_.after(0us, [this, coupon] { schedule_.wake(coupon, self_.time()); });
}

void worker_node::work() {
  session& with = *around_.sessions.emplace_back(
      std::make_unique<session>(around_.time, around_.lines, self_, around_.servers, ways_, around_.latency));
  worker::coupon_round round(*with.use.gate, *with.use.ledger, time_, {.rows_max = rows_max}, hooks_);
  for (;;) {
    if (self_.time() >= next_net_) {
      next_net_ = self_.time() + net_interval;
      scan_ledger(with);
    } else if (const auto coupon = schedule_.take(self_.time())) {
      const auto how = round.look_after(*coupon, [] { return false; });
      schedule_.give_back(*coupon, how, self_.time());
    } else {
      self_.sleep(until_due());
    }
  }
}

microseconds worker_node::until_due() {
  monotonic until = next_net_;
  if (const auto due = schedule_.next_due()) until = std::min(until, *due);
  const auto left = std::chrono::ceil<microseconds>(until - self_.time());
  return std::clamp(left, 1us, microseconds(self_.random().between(100, nap.count())));
}

void worker_node::scan_ledger(session& with) {
  try {
    for (const coupon_id coupon : with.use.ledger->coupons_ending_after({})) schedule_.wake(coupon, self_.time());
  } catch (const store_unavailable&) {
  }
}

}  // namespace firstcome::sim
