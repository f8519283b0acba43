#pragma once

// What a node's HTTP layer does with a request, in the simulation: hands it to the issuer, answers within its deadline,
// and calls unknown what is still under way then. Answers come back at the end of a turn of the event loop.
//
// Thread safety: one thread.

#include "issuing/call_list.hpp"
#include "sim/engine/process.hpp"
#include "sim/history/crowd.hpp"

namespace firstcome::sim {

/// A request is answered within this, or its outcome is unknown.
inline constexpr microseconds request_timeout = 2s;
/// The rest of an event loop's turn.
inline constexpr microseconds one_turn = 5us;

class home_queue final : public runtime::completion_queue {
 public:
  explicit home_queue(process& of) : of_(of) {}
  void deliver(runtime::completion_list&& answered) override;

 private:
  process& of_;
  runtime::completion_list arrived_;
};

class client_request final : public issuing::issue_call {
 public:
  client_request(home_queue& home, coupon_id coupon, user_id user, monotonic deadline, crowd::reply answer)
      : issue_call(home, coupon, user, deadline), tell_(std::move(answer)) {}

  void on_answer() override;
  /// The deadline has passed: answers, unless that has happened.
  void expire(issuing::issuer& at);

 private:
  void end(heard what);

  crowd::reply tell_;
  bool over_ = false;
};

}  // namespace firstcome::sim
