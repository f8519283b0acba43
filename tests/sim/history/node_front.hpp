#pragma once

// What a node's HTTP layer does with a request, in the simulation: hands it to the issuer, answers within its deadline,
// and calls unknown what is still under way then. Answers come back at the end of a turn of the event loop.
//
// Thread safety: one thread.

#include "domain/issue_life.hpp"
#include "issuing/call_list.hpp"
#include "sim/engine/process.hpp"
#include "sim/history/crowd.hpp"
#include "sim/history/holders.hpp"

namespace firstcome::sim {

/// A request is answered within this, or its outcome is unknown.
inline constexpr microseconds request_timeout = 2s;
/// The rest of an event loop's turn.
inline constexpr microseconds one_turn = 5us;

/// What the client of a step hears.
life_answer answer_of(auditor::step_kind kind, const result<issue_record>& said);
/// The step as the node is asked for it; not of a look.
issue_step step_of(const life_call& call);

/// An issue of the ledger, for the judge.
auditor::row row_of(const issue_record& record, const std::string& order_id);

class sim_completion_queue final : public runtime::completion_queue {
 public:
  explicit sim_completion_queue(process& of) : process_(of) {}
  void deliver(runtime::completion_list&& answered) override;

 private:
  process& process_;
  runtime::completion_list arrived_;
};

class client_request final : public issuing::issue_call {
 public:
  client_request(sim_completion_queue& origin_loop, coupon_id coupon, user_id user, runtime::deadline deadline,
                 crowd::reply answer)
      : issue_call(origin_loop, coupon, user, deadline), reply_(std::move(answer)) {}

  void on_answer() override;
  /// The deadline has passed: answers, unless that has happened.
  void expire(issuing::issuer& at);

 private:
  void end(heard what);

  crowd::reply reply_;
  bool over_ = false;
};

}  // namespace firstcome::sim
