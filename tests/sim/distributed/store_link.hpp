#pragma once

// One process's sessions with the two stores, and what lies between them: each call takes time, and may get lost, be
// late, or lose its reply. The calls are those of fibers of this process.

#include "sim/distributed/store_server.hpp"
#include "sim/engine/process.hpp"
#include "sim/engine/trace.hpp"
#include "sim/sim_ledger.hpp"
#include "sim/stepped_stores.hpp"
#include "support/simulated_gate.hpp"

namespace firstcome::sim {

using testing::sim_ledger;
using testing::sim_ledger_store;
using testing::simulated_gate;
using testing::simulated_meta;
using testing::simulated_redis;

/// What all processes share.
struct store_servers {
  store_server redis{.name = "Redis"};
  store_server ledger{.name = "the ledger"};
  simulated_redis gates;
  sim_ledger_store ledgers;
  microseconds redis_ahead{};  // its clock
};

/// What a process shares with nobody.
struct store_ways {
  store_way redis;
  store_way ledger;
  int ledger_node = 0;    // of the cluster that the ledger may be
  bool vanishes = false;  // its connections stay open when it dies
};

class store_link final : public testing::step_watcher {
 public:
  store_link(timeline& time, trace& lines, process& of, store_server& server, store_way& way, const bool& vanishes,
             microseconds latency)
      : time_(time), lines_(lines), process_(of), server_(server), way_(way), vanishes_(vanishes), latency_(latency) {}

  void before(const char* step) override;
  void after(const char* step) override;
  bool overtakes(const char* step) override;
  [[noreturn]] void later(const char* step, std::function<void()> effect) override;
  void let_go(std::shared_ptr<ledger::coupon_lock> lock) override;

  /// One way there or back.
  microseconds way();

 private:
  void contend(std::string_view step);
  [[noreturn]] void fail(const char* step, const char* why, microseconds after);

  timeline& time_;
  trace& lines_;
  process& process_;
  store_server& server_;
  store_way& way_;
  const bool& vanishes_;
  const microseconds latency_;
};

}  // namespace firstcome::sim
