#pragma once

// What becomes of one coupon of a history: who asks for it, what is done with its issues, what operators change, and
// what of it must be kept although something was lost. Several go through the same faults at the same nodes.
//
// Thread safety: one thread.

#include <functional>

#include "sim/distributed/api_node.hpp"
#include "sim/distributed/promised_places.hpp"
#include "sim/history/operator_log.hpp"
#include "sim/history/outcome.hpp"

namespace firstcome::sim {

class coupon_story {
 public:
  using api_nodes_of_history = std::vector<std::unique_ptr<api_node>>;
  using blame = std::function<void(int promise, std::string what)>;

  /// `part`: the plan as it concerns this coupon.
  coupon_story(plan part, const distributed_context& context, api_nodes_of_history& nodes, blame add);
  coupon_story(const coupon_story&) = delete;
  coupon_story& operator=(const coupon_story&) = delete;

  coupon_draft draft() const;
  /// It is there.
  void begin(coupon_id coupon);
  coupon_id coupon() const { return coupon_; }

  /// Somebody asks, or does something with an issue, or changes the coupon.
  void act(const item& one);
  void lose_messages(double chance);
  void ask_until_known();
  /// Redis or the ledger went back, just now.
  void lost() { places_.lost(); }
  /// The ledger took the gate's word for what it had forgotten, or will. It knew of so many that came back to the pool.
  void note_what_came_back(std::int32_t known_before);
  std::int32_t known_to_be_back() const { return context_.servers.ledgers.of(coupon_).row.returned_quantity; }
  bool was_restored() const { return !restores_.empty(); }
  /// Only what the ledger does not have yet can still be spoilt.
  void spoil(std::int64_t which);
  bool none_lost() const { return places_.none_lost(); }

  /// After each commit.
  void look_at_ledger();
  bool content() const { return crowd_.content(); }
  bool settled() { return !why_unsettled(); }
  /// What still waits.
  std::optional<std::string> why_unsettled();
  /// What came back to the pool is there for whoever comes: two do, once all is quiet. And somebody looks. False: now.
  bool nobody_is_left_to_come();
  void judge(outcome_of_history& verdict, instant begun_at);

 private:
  void change(const item& one);
  gate::gate_status gate_status();
  auditor::books final_books() const;
  auditor::assumptions what_the_judge_must_know(instant begun_at) const;
  void add_what_came_back(auditor::assumptions& to) const;

  const plan plan_;
  const distributed_context& context_;
  api_nodes_of_history& nodes_;
  const blame add_;
  coupon_id coupon_{};
  crowd crowd_;
  holders holders_;
  operator_log changes_;
  promised_places places_;
  struct restored {
    instant at;
    firstcome::coupon ledger;               // as it was in the backup
    std::optional<gate::gate_config> gate;  // which the ledger takes over, unless it is lost too
    std::int32_t untold = 0;                // places came back, and the gate does not know whose they were
  };
  std::vector<restored> restores_;
  bool strangers_came_ = false;
};

}  // namespace firstcome::sim
