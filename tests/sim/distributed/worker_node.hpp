#pragma once

// One worker: the real schedule, the real scan and the real look after a coupon, on one fiber.

#include <optional>

#include "sim/distributed/api_node.hpp"
#include "worker/coupon_round.hpp"
#include "worker/coupon_scan.hpp"

namespace firstcome::sim {

/// As it will be when so much time has passed that gates are retired: the product counts it in hours.
class later_pace final : public coordination::sleeping_clock {
 public:
  later_pace(process& of, microseconds by) : now_(of), by_(by) {}
  timestamp now() const override { return now_.now() + by_; }
  monotonic monotonic_now() const override { return now_.monotonic_now(); }
  monotonic coarse_monotonic_now() const override { return now_.coarse_monotonic_now(); }
  void sleep(std::chrono::milliseconds duration) override { now_.sleep(duration); }
  std::chrono::milliseconds jittered(std::chrono::milliseconds duration) override { return now_.jittered(duration); }

 private:
  process_sleeping_clock now_;
  const microseconds by_;
};

class worker_node final : public distributed_node {
 public:
  worker_node(const distributed_context& context, random_source random, std::string name);
  ~worker_node() override { self_.kill(); }

  process& self() override { return self_; }
  store_ways& ways() override { return ways_; }
  void start() override;
  void kill() override { self_.kill(); }
  /// A message says that something waits for the ledger.
  void wake(coupon_id coupon);
  /// Redis is there again: the subscription to its messages, which broke with it, is made anew.
  void subscribe_again();
  /// It looks after a coupon since then, and judges by what it saw from then on.
  instant looks_since() const { return looks_since_; }

 private:
  void work();
  void scan(worker::coupon_scan& with, const worker::schedule::task& page);
  microseconds until_due();

  const distributed_context& context_;
  process self_;
  later_pace time_;
  store_ways ways_;
  worker::coupon_round::hooks hooks_;
  std::optional<worker::schedule> schedule_;  // of the process that lives, or lived last
  worker::retired_coupons retired_;
  instant looks_since_{};
};

}  // namespace firstcome::sim
