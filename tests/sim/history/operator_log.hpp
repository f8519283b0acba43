#pragma once

// What operators asked for in one history and what they heard: for the judge, who must know when something may have
// changed.

#include <deque>

#include "auditor/auditor.hpp"
#include "domain/coupon.hpp"
#include "domain/error.hpp"
#include "sim/engine/process.hpp"
#include "sim/engine/trace.hpp"
#include "sim/history/plan.hpp"

namespace firstcome::sim {

class operator_log {
 public:
  operator_log(const timeline& time, trace& lines) : time_(time), lines_(lines) {}

  struct change {
    const item& what;
    const process& at;
    process::life of_life;
    bool done = false;
    bool refused = false;  // surely not done
    instant answered = instant::max();
  };
  /// Asked now, at this process. The reference stays.
  change& begin(const item& one, const process& at) { return all_.emplace_back(change{one, at, at.now_living()}); }
  void answered(change& one, const result<coupon>& said);

  bool empty() const { return all_.empty(); }
  /// Somebody still waits for an answer that may come.
  bool waits() const;
  void add_to(auditor::assumptions& to) const;

 private:
  const timeline& time_;
  trace& lines_;
  std::deque<change> all_;
};

/// The item as the operator's request.
coupon_change change_of(const item& one, const plan& p, instant now);

}  // namespace firstcome::sim
