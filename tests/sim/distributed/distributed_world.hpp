#pragma once

// The distributed shape of one history: Redis, the ledger, API nodes and workers, the crowd, the operators, and what
// goes wrong. Knows everything, and so can tell what must be kept although something was lost.

#include "sim/distributed/promised_places.hpp"
#include "sim/distributed/worker_node.hpp"
#include "sim/history/operator_log.hpp"
#include "sim/history/outcome.hpp"

namespace firstcome::sim {

class distributed_world {
 public:
  distributed_world(const plan& p, how_to_run how);

  outcome_of_history run();

 private:
  // What happens.
  void create_coupon();
  void schedule(const item& one);
  void begin(const item& one);
  void begin_store_fault(const item& one);
  void change(const item& one);
  void kill(const item& one, bool vanishes);
  void note_what_came_back();
  void lose_what_came_since(const simulated_redis& copy);
  void spoil(const item& one);

  void look_at_ledger(coupon_id coupon);

  // The end.
  void replay_dead_letters();
  bool settled();
  bool nobody_is_left_to_come();
  auditor::books final_books() const;
  void judge(outcome_of_history& verdict);
  auditor::assumptions what_the_judge_must_know() const;
  void add(int promise, std::string what);

  distributed_node& node_of(int who);  // API nodes first, then workers
  gate::gate_status gate_status();

  const plan& plan_;
  const how_to_run how_;
  store_servers servers_;  // first: what the timeline still holds in the end refers to them
  timeline time_;
  trace lines_;
  std::deque<std::unique_ptr<session>> sessions_;
  distributed_surroundings around_;
  std::vector<std::unique_ptr<api_node>> apis_;
  std::vector<std::unique_ptr<worker_node>> workers_;
  process operators_;  // where nothing goes wrong: makes the coupon, and replays dead letters in the end
  store_ways operators_ways_;
  sim_lender operators_lender_;
  crowd crowd_;
  holders holders_;

  coupon_id coupon_{};
  instant begun_at_{};  // what was to happen before happened then
  double wakes_lost_ = 0;
  bool replaying_ = false;
  operator_log changes_;
  std::map<int, simulated_redis> replicas_;  // by the number of the item that will need it
  std::map<int, sim_ledger_store::data> backups_;
  promised_places places_;
  struct restored {
    instant at;
    coupon ledger;                          // as it was in the backup
    std::optional<gate::gate_config> gate;  // which the ledger takes over, unless it is lost too
  };
  std::vector<restored> restores_;
  bool strangers_came_ = false;
  std::vector<auditor::broken_promise> broken_;
};

}  // namespace firstcome::sim
