#pragma once

// An event loop's way to the gate: batches travel to the simulated Redis and back, and get lost, late or doubled on the
// way as every call does. Which epoch is asked for is the real client's rule (issuing/distributed/epoch_cache.hpp).

#include "issuing/distributed/epoch_cache.hpp"
#include "issuing/distributed/gate_client.hpp"
#include "issuing/distributed/gate_clock.hpp"
#include "sim/distributed/store_link.hpp"
#include "sim/history/planted.hpp"

namespace firstcome::sim {

/// Admissions of a coupon that may wait for the ledger.
inline constexpr std::int64_t backlog_max = 1000;

/// What is on its way still arrives when the node is gone: made with std::make_shared.
class sim_channel final : public issuing::gate_client, public std::enable_shared_from_this<sim_channel> {
 public:
  struct context {
    timeline& time;
    trace& lines;
    process& self;
    store_servers& servers;
    store_way& way;
    issuing::gate_clock& clock;
    microseconds latency;
    planted bug;
    /// Somebody was let in: the workers are told.
    std::function<void(coupon_id)> on_admitted;
  };
  explicit sim_channel(context context);

  void admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) override;
  void look(coupon_id coupon, runtime::deadline until, receiver& to) override;

 private:
  struct call;
  using shared_call = std::shared_ptr<call>;

  void begin(const shared_call& c, runtime::deadline until);
  void send(const shared_call& c);
  void arrive(const shared_call& c, std::uint64_t life);
  void decide(call& c);
  void replied(const shared_call& c);
  void finish(call& c, issuing::admission_answer::outcome what);
  microseconds travel();

  context context_;
  simulated_gate gate_;
  issuing::epoch_cache epochs_;
};

}  // namespace firstcome::sim
