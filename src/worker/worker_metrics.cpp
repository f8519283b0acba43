#include "worker/worker_metrics.hpp"

#include <prometheus/text_serializer.h>

namespace firstcome::worker {

namespace {

prometheus::Counter& counter(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(in).Add({});
}

prometheus::Histogram& histogram(prometheus::Registry& in, const char* name, const char* help,
                                 const prometheus::Histogram::BucketBoundaries& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(in).Add({}, bounds);
}

}  // namespace

worker_metrics::worker_metrics()
    : lags_(prometheus::BuildGauge()
                .Name("firstcome_worker_lag")
                .Help("Admissions of a coupon that were not in the ledger when this worker last looked.")
                .Register(registry_)),
      rows_(counter(registry_, "firstcome_worker_rows_total", "Issues that this worker wrote into the ledger.")),
      dead_(counter(registry_, "firstcome_worker_dead_letters_total", "Admissions that became dead letters.")),
      alarms_(counter(registry_, "firstcome_worker_alarms_total",
                      "Batches that would have broken a promise and were not written: look at the log.")),
      confirmed_(counter(registry_, "firstcome_gates_confirmed_total", "Gates confirmed after Redis changed.")),
      rebuilt_(counter(registry_, "firstcome_gates_rebuilt_total", "Gates built from the ledger.")),
      unbuildable_(counter(registry_, "firstcome_gates_unbuildable_total",
                           "Attempts to rebuild a gate from a ledger that does not allow it: run firstcome audit.")),
      left_over_(counter(registry_, "firstcome_admissions_left_over_total",
                         "Admissions of a lost history of Redis that a rebuild found and could not keep.")),
      store_failures_(counter(registry_, "firstcome_store_failures_total",
                              "Times that Redis or the database did not do what was asked.")),
      batch_rows_(histogram(registry_, "firstcome_worker_batch_rows", "Rows of one transaction.",
                            {1, 4, 16, 64, 256, 1024, 4096, 16384})),
      commit_seconds_(histogram(registry_, "firstcome_worker_commit_duration_seconds",
                                "One transaction, from its first statement to the answer to its commit.",
                                {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})) {}

void worker_metrics::count_move(coupon_id coupon, const move_report& report) {
  if (report.outcome == move_outcome::alarm) alarms_.Increment();
  if (report.outcome == move_outcome::nothing || report.outcome == move_outcome::moved) set_lag(coupon, report.behind);
  if (report.outcome != move_outcome::moved) return;
  rows_.Increment(static_cast<double>(report.rows));
  dead_.Increment(static_cast<double>(report.dead_letters));
  batch_rows_.Observe(static_cast<double>(report.rows + report.dead_letters));
  commit_seconds_.Observe(std::chrono::duration<double>(report.commit_duration).count());
}

void worker_metrics::count_standing(coupon_id coupon, std::size_t behind, bool over) {
  if (!over) return set_lag(coupon, behind);
  const std::lock_guard locked(lock_);
  const auto found = lag_of_.find(coupon);
  if (found == lag_of_.end()) return;
  lags_.Remove(found->second);
  lag_of_.erase(found);
}

/// One that was never behind has no series.
void worker_metrics::set_lag(coupon_id coupon, std::size_t behind) {
  const std::lock_guard locked(lock_);
  auto found = lag_of_.find(coupon);
  if (found == lag_of_.end()) {
    if (behind == 0) return;
    found = lag_of_.emplace(coupon, &lags_.Add({{"coupon", std::to_string(raw(coupon))}})).first;
  }
  found->second->Set(static_cast<double>(behind));
}

void worker_metrics::count_recovery(const coordination::recovery_report& report) {
  if (report.outcome == coordination::recovery_outcome::confirmed) confirmed_.Increment();
  if (report.outcome == coordination::recovery_outcome::rebuilt) rebuilt_.Increment();
  if (report.outcome == coordination::recovery_outcome::alarm) unbuildable_.Increment();
  left_over_.Increment(static_cast<double>(report.left_over_count));
}

std::string worker_metrics::to_prometheus() const {
  return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace firstcome::worker
