#pragma once

// The one seam between HTTP and what decides: the embedded shape, the distributed shape and each strategy is an issuer.
//
// A call is owned by who makes it and must live until it was answered (or withdrawn). The issuer is asked on any
// thread; it answers on the thread behind `call.origin_loop`, never from inside `issue` itself.

#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "domain/sold_out_view.hpp"
#include "runtime/completion_queue.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::issuing {

using runtime::completion_queue;

/// `on_answer` is called with `answer` set.
class issue_call : public runtime::completion {
 public:
  issue_call(completion_queue& origin_loop, coupon_id coupon, user_id user, runtime::deadline deadline)
      : origin_loop(origin_loop), coupon(coupon), user(user), deadline(deadline) {}

  completion_queue& origin_loop;
  const coupon_id coupon;
  const user_id user;
  const runtime::deadline deadline;
  /// A decision, or errc::overloaded (surely not admitted), or errc::unavailable (unknown).
  result<issue_decision> answer{errc::unavailable};

 protected:
  ~issue_call() = default;

 private:
  friend class pending_queue;
  bool waits_ = false;  // guarded as the pending queue is, by its owner
};

class issuer {
 public:
  virtual ~issuer() = default;

  /// Admits nobody and sends nobody to the gate: for whoever has not yet proven to be `user`. On the thread behind
  /// `origin_loop`, as `issue`.
  virtual sold_out_view look(const completion_queue& /*origin_loop*/, coupon_id /*coupon*/, user_id /*user*/) {
    return sold_out_view::no;
  }

  /// True: `call.answer` is set and that was all. False: `call.on_answer` will be called, once.
  virtual bool issue(issue_call& call) = 0;

  /// For a call whose deadline passed. True: it still waited and is now forgotten (surely not admitted; on_answer will
  /// not be called). False: it is on its way and its outcome is unknown; on_answer will still be called.
  virtual bool withdraw(issue_call& call) = 0;
};

}  // namespace firstcome::issuing
