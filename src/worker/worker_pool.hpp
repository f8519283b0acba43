#pragma once

// The threads of a worker: each takes what the schedule hands out, a coupon to look after or a page of coupons to scan.
// A thread has connections of its own; what fails is dropped and tried again later.
//
// Thread safety: `wake` and `drain` from any thread; `drained` too. The destructor stops after the transactions that
// are under way.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/clock.hpp"
#include "worker/coupon_round.hpp"
#include "worker/coupon_scan.hpp"

namespace firstcome::worker {

class worker_pool {
 public:
  struct options {
    int threads = 2;
    std::size_t rows_max = batch_rows_max;  // of one transaction
    scan_pass::options live_scan = live_scan_usual;
    scan_pass::options ended_scan = ended_scan_usual;
    std::chrono::hours retention{0};  // after a coupon's end its gate is retired; 0: never
  };
  struct hooks : coupon_round::hooks {
    /// The stores answered again, or for the first time.
    std::function<void()> on_success = [] {};
    /// A scan saw so many of a coupon's admissions that were not in the ledger; `over`: none is to come any more.
    std::function<void(coupon_id, std::size_t behind, bool over)> on_standing = [](coupon_id, std::size_t, bool) {};
  };
  using gate_source = std::function<std::unique_ptr<gate::shared_gate>()>;
  using ledger_source = std::function<std::unique_ptr<ledger::shared_ledger>()>;

  worker_pool(gate_source make_gate, ledger_source make_ledger, const runtime::clock& clock, options with, hooks on);
  ~worker_pool();

  void start();
  void wake(coupon_id coupon);
  /// Messages may have been lost: look at everything soon.
  void wake_all();

  /// Finish what is waiting, then rest.
  void drain();
  bool drained() const;

 private:
  struct thread_context;  // what one thread works with
  void work();
  void look_after(thread_context& context, coupon_id coupon);
  void scan(thread_context& context, const schedule::task& page);

  const gate_source make_gate_;
  const ledger_source make_ledger_;
  const runtime::clock& clock_;
  const options options_;
  const hooks hooks_;
  const std::shared_ptr<coordination::gate_observer> watch_ = std::make_shared<coordination::gate_observer>();

  retired_coupons retired_;

  mutable std::mutex lock_;  // guards what follows
  std::condition_variable changed_;
  schedule schedule_;
  int busy_ = 0;
  bool draining_ = false;
  std::atomic<bool> stopping_{false};

  std::vector<std::thread> threads_;
};

}  // namespace firstcome::worker
