#pragma once

// One API node: the real issuer with its batchers, leases and recovery of gates, over channels and sessions of the
// simulation. Operators' changes are made here too, as the node makes them.

#include <deque>

#include "domain/coupon.hpp"
#include "issuing/distributed/issuer.hpp"
#include "issuing/distributed/pooled_gate_recovery.hpp"
#include "sim/distributed/session.hpp"
#include "sim/distributed/sim_channel.hpp"
#include "sim/history/holders.hpp"
#include "sim/history/node_front.hpp"

namespace firstcome::sim {

/// What the nodes of one history share.
struct distributed_context {
  timeline& time;
  trace& lines;
  store_servers& servers;
  microseconds latency;
  planted bug;
  /// Gates are retired so long after the end of their coupon.
  std::optional<microseconds> retention;
  std::deque<std::unique_ptr<session>>& sessions;  // of everybody, until the end
  std::function<void(coupon_id)> on_admitted;
  /// A gate was built anew, and what it had admitted is said to be lost, perhaps.
  std::function<void(coupon_id, const std::string& who)> on_loss_reported;
  /// A worker found that ledger and gate contradict each other.
  std::function<void(coupon_id, const std::string& why)> on_alarm;
};

/// A process with sessions at the stores.
class distributed_node {
 public:
  virtual ~distributed_node() = default;
  virtual process& self() = 0;
  virtual store_ways& ways() = 0;
  virtual void start() = 0;
  virtual void kill() = 0;
};

/// Lends every piece of work a fiber and a session of the process.
class sim_executor final : public issuing::store_executor {
 public:
  sim_executor(const distributed_context& context, process& of, store_ways& ways, bool looks_up = false)
      : context_(context), process_(of), ways_(ways), looks_up_(looks_up) {}
  bool run(work what, failure failed, runtime::deadline until) override;
  /// Called when a piece of work is over.
  std::function<void()> afterwards = [] {};

 private:
  const distributed_context& context_;
  process& process_;
  store_ways& ways_;
  const bool looks_up_;
};

class api_node final : public distributed_node {
 public:
  api_node(const distributed_context& context, random_source random, std::string name);
  ~api_node() override;

  process& self() override { return self_; }
  store_ways& ways() override { return ways_; }
  void start() override;
  void kill() override;
  /// As its HTTP layer does: answered within the request's deadline, or unknown.
  void issue(coupon_id coupon, user_id user, crowd::reply answer);
  /// The same for a step of an issue's life, and for a look at it.
  void take(coupon_id coupon, const life_call& call, holders::reply answer);
  /// Tells how it went; or never, when the node dies.
  void change(coupon_id coupon, const coupon_change& what, std::function<void(result<firstcome::coupon>)> done);

 private:
  struct loop;
  struct desk;
  struct living;

  const distributed_context& context_;
  process self_;
  store_ways ways_;
  std::unique_ptr<living> now_;
};

}  // namespace firstcome::sim
