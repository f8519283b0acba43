#pragma once

// What a worker counts about itself, in Prometheus' text format. Thread safety: any thread.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

#include "worker/worker_pool.hpp"

namespace firstcome::worker {

class worker_metrics {
 public:
  worker_metrics();

  void count_move(coupon_id coupon, const move_report& report);
  void count_recovery(const coordination::recovery_report& report);
  void count_failure() { store_failures_.Increment(); }

  std::string to_prometheus() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Gauge>& lags_;
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
