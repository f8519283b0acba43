#pragma once

// One coupon, its gate and its ledger in memory, for tests of the distributed steps: who was promised what, and whether
// gate and ledger keep it. `node` is one process in it: sessions of its own, and a watcher at each of its steps.

#include "coordination/operator_change.hpp"
#include "coordination/recovery.hpp"
#include "coordination/sleeping_clock.hpp"
#include "sim/sim_ledger.hpp"
#include "sim/stepped_stores.hpp"
#include "support/simulated_gate.hpp"

namespace firstcome::testing {

/// A clock that moves when somebody sleeps, and by a millisecond whenever somebody looks at the date.
class hand_pace final : public coordination::sleeping_clock {
 public:
  timestamp now() const override { return date += std::chrono::milliseconds(1); }
  monotonic monotonic_now() const override { return time; }
  void sleep(std::chrono::milliseconds duration) override {
    date += duration;
    time += duration;
  }
  std::chrono::milliseconds jittered(std::chrono::milliseconds duration) override { return duration; }

  mutable timestamp date = from_microseconds(1'800'000'000'000'000);
  monotonic time{std::chrono::hours(1)};
};

struct small_world {
  explicit small_world(std::optional<std::int32_t> total_quantity = 10);

  simulated_redis gates;
  sim_ledger_store ledgers;
  hand_pace time;
  coupon_id coupon{};
  std::map<user_id, sequence_number> promised;
  simulated_redis replica;
  sim_ledger_store::data backup;

  /// Requires that there is one.
  gate::gate_status gate_status(coupon_id of);
  gate::gate_status gate_status() { return gate_status(coupon); }
  /// Of the gate's epoch, for tests that damage them.
  simulated_keys::user_map& users() { return gates.coupons.at(coupon).users[gate_status().epoch]; }
  void spoil_entry(sequence_number first);
  void lose_entry(sequence_number first);

  static coupon_draft draft(std::optional<std::int32_t> total_quantity);
  /// These users ask; those who are let in are promised their place.
  void ask(const std::vector<std::int64_t>& users);
  /// Redis restarts, or a replica is promoted: the data stay, the lineage is another one.
  void change_lineage();
  /// What a replica and a backup hold from here on.
  void copy_stores();
  /// The replica is promoted: Redis goes back, in another lineage. The ledger is restored from the backup.
  void fail_over();
  void restore_ledger();
  /// Nobody is promised what neither gate nor ledger holds any more.
  void excuse_what_is_lost();

  /// Runs what is always running, without faults, until nothing is left to do. False: it never comes to an end.
  bool settle();
  /// What does not hold at any instant: a sentence each.
  std::vector<std::string> broken_now() const;
  /// Makes rows of the dead letters, when the ledger takes them now.
  void replay_dead_letters();
  /// What does not hold once everything has settled and no dead letter is open.
  std::vector<std::string> broken_settled();
};

/// One process.
struct node {
  node(small_world& world, step_watcher& watcher, std::size_t rows_max = 3);

  sim_ledger plain_ledger;
  simulated_gate gate_of_world;
  stepped_ledger ledger;
  stepped_gate gate;
  coordination::recovery recovery;
  coordination::operator_change operators;
};

/// Counts steps; at one of them the reply is lost, before or after the effect. Judges the world after each.
class crash_watcher final : public step_watcher {
 public:
  enum class moment { never, before, after };
  crash_watcher(const small_world& world, int at, moment when) : world_(world), at_(at), when_(when) {}

  void before(const char* step) override;
  void after(const char* step) override;

  bool crashed = false;
  std::string where;
  std::vector<std::string> broken;

 private:
  void crash(const char* step);

  const small_world& world_;
  const int at_;
  const moment when_;
  int steps_ = 0;
};

/// Lets somebody else act, once, before one of the steps.
class intruded_watcher final : public step_watcher {
 public:
  intruded_watcher(const small_world& world, int at, std::function<void()> intruder)
      : world_(world), at_(at), intruder_(std::move(intruder)) {}

  void before(const char* step) override;
  void after(const char* step) override;

  bool intruded = false;
  std::string where;
  std::vector<std::string> broken;

 private:
  const small_world& world_;
  const int at_;
  std::function<void()> intruder_;
  int steps_ = 0;
};

}  // namespace firstcome::testing
