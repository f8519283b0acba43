#pragma once

// The distributed shape of one history: Redis, the ledger, API nodes and workers, what becomes of each coupon, and what
// goes wrong for all of them.

#include "sim/distributed/coupon_story.hpp"
#include "sim/distributed/worker_node.hpp"

namespace firstcome::sim {

class distributed_world {
 public:
  distributed_world(const plan& p, how_to_run how);

  outcome_of_history run();

 private:
  // What happens.
  void create_coupon(coupon_story& of);
  void watch_stores();
  void schedule(const item& one);
  void begin(const item& one);
  void begin_store_fault(const item& one);
  void kill(const item& one, bool vanishes);
  void restore_ledger(const item& one);
  void retired(coupon_id coupon);
  void fail_over(const simulated_redis& copy);

  // The end.
  void replay_dead_letters();
  bool settled();
  bool nobody_is_left_to_come();
  void add_who_waits();
  void judge(outcome_of_history& verdict);
  void add(int promise, std::string what);

  distributed_node& node_of(int who);  // API nodes first, then workers
  coupon_story* story_of(coupon_id coupon);
  template <class Act>
  void each_story(Act act) {
    for (auto& one : stories_) act(one);
  }

  const plan& plan_;
  const how_to_run how_;
  store_servers servers_;  // first: what the timeline still holds in the end refers to them
  timeline time_;
  trace lines_;
  std::deque<std::unique_ptr<session>> sessions_;
  distributed_context context_;
  std::vector<std::unique_ptr<api_node>> apis_;
  std::vector<std::unique_ptr<worker_node>> workers_;
  process operators_;  // where nothing goes wrong: makes the coupons, and replays dead letters in the end
  store_ways operators_ways_;
  sim_executor operators_executor_;
  std::deque<coupon_story> stories_;

  instant begun_at_{};                   // what was to happen before happened then
  std::optional<instant> last_restore_;  // of the ledger
  double wakes_lost_ = 0;
  bool replaying_ = false;
  std::map<int, simulated_redis> replicas_;  // by the number of the item that will need it
  std::map<int, sim_ledger_store::data> backups_;
  std::vector<auditor::broken_promise> broken_;
};

}  // namespace firstcome::sim
