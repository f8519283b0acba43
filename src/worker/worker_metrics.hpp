#pragma once

// What a worker counts about itself, in Prometheus' text format. Thread safety: any thread.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <mutex>
#include <string>
#include <unordered_map>

#include "worker/worker_pool.hpp"

namespace firstcome::worker {

class worker_metrics {
 public:
  worker_metrics();

  void count_move(coupon_id coupon, const move_report& report);
  /// What a scan saw. `over`: the coupon's series is dropped, so that they do not grow with every coupon that ever was.
  void count_standing(coupon_id coupon, std::size_t behind, bool over);
  void count_recovery(const coordination::recovery_report& report);
  void count_failure() { store_failures_.Increment(); }

  std::string to_prometheus() const;

 private:
  void set_lag(coupon_id coupon, std::size_t behind);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Gauge>& lags_;
  std::mutex lock_;                                           // guards what follows
  std::unordered_map<coupon_id, prometheus::Gauge*> lag_of_;  // of coupons that were behind, and are not over
  prometheus::Counter& rows_;
  prometheus::Counter& dead_;
  prometheus::Counter& alarms_;
  prometheus::Counter& confirmed_;
  prometheus::Counter& rebuilt_;
  prometheus::Counter& unbuildable_;
  prometheus::Counter& left_over_;
  prometheus::Counter& store_failures_;
  prometheus::Histogram& batch_rows_;
  prometheus::Histogram& commit_seconds_;
};

}  // namespace firstcome::worker
