#pragma once

// The embedded shape of one history: one node on its disk, the crowd, the operators, and what goes wrong.

#include "sim/embedded/embedded_node.hpp"
#include "sim/history/operator_log.hpp"
#include "sim/history/outcome.hpp"

namespace firstcome::sim {

class embedded_world {
 public:
  embedded_world(const plan& p, how_to_run how);

  outcome_of_history run();

 private:
  void begin(const item& one);
  bool settled() { return crowd_.content() && holders_.content() && !changes_.waits() && node_.serving(); }
  bool nobody_is_left_to_come();
  outcome_of_history judge(bool quiet);

  const plan& plan_;
  timeline time_;
  trace lines_;
  embedded_node node_;
  crowd crowd_;
  holders holders_;
  bool strangers_came_ = false;
  operator_log changes_;
};

}  // namespace firstcome::sim
