#pragma once

// Everything but the issue itself: what operators do, and what is read. The embedded and the distributed shape
// implement it; the handlers of src/api know nothing else.
//
// Each function is a coroutine on the caller's executor. Blocking work happens elsewhere. Failures are values of
// `errc`; every function may also answer `overloaded` (its queue is full) or `unavailable` (the store did not answer).
// `until`: when whoever asks stops waiting. Work that has not begun by then is surely not done (`overloaded`). Not
// cancellable otherwise: the result is dropped when nobody waits any more.

#include <boost/asio/awaitable.hpp>

#include "domain/coupon.hpp"
#include "domain/dead_letter.hpp"
#include "domain/error.hpp"
#include "domain/idempotency.hpp"
#include "domain/issue.hpp"
#include "domain/issue_life.hpp"
#include "domain/operator_action.hpp"
#include "domain/page.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::issuing {

template <class T>
using async_result_of = boost::asio::awaitable<result<T>>;

class coupon_service {
 public:
  virtual ~coupon_service() = default;

  // What `by` changes stands on the trail in the same transaction, if they work here.

  /// With a key that came before: the coupon that was made with it. Errors: invalid_coupon, idempotency_key_reused.
  virtual async_result_of<coupon> create(coupon_draft draft, actor by, std::optional<idempotency_key> key,
                                         runtime::deadline until) = 0;
  /// Errors: coupon_not_found, invalid_coupon, quantity_below_issued. What is so already is no
  /// change, and answers the coupon as it is.
  virtual async_result_of<coupon> change(coupon_id id, coupon_change change, actor by, runtime::deadline until) = 0;
  /// Uses an issue, undoes the use, or returns it. Errors: coupon_not_found, issue_not_found, those of after_step;
  /// unavailable while accepted.
  virtual async_result_of<issue_record> take_step(coupon_id coupon, user_id user, issue_step step, actor by,
                                                  runtime::deadline until) = 0;

  /// Errors: coupon_not_found.
  virtual async_result_of<coupon> show(coupon_id id, runtime::deadline until) = 0;
  /// From gate and ledger. Errors: coupon_not_found, issue_not_found.
  virtual async_result_of<issue_record> find(coupon_id coupon, user_id user, runtime::deadline until) = 0;

  virtual async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit, runtime::deadline until) = 0;
  /// Errors: coupon_not_found.
  virtual async_result_of<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit,
                                                              runtime::deadline until) = 0;
  /// An unknown user has an empty list.
  virtual async_result_of<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after,
                                                          int limit, runtime::deadline until) = 0;
  /// The trail, newest first. An unknown coupon has an empty one.
  virtual async_result_of<operator_action_page> actions(std::optional<coupon_id> coupon,
                                                        std::optional<std::int64_t> before, int limit,
                                                        runtime::deadline until) = 0;

  /// What of the coupon is still on its way into the ledger; nothing ever is where a yes means a row. Errors:
  /// coupon_not_found.
  virtual async_result_of<coupon_backlog> backlog(coupon_id id, runtime::deadline until) = 0;
  /// Open ones. An unknown coupon has none.
  virtual async_result_of<dead_letter_page> dead_letters(std::optional<coupon_id> coupon,
                                                         std::optional<std::int64_t> after, int limit,
                                                         runtime::deadline until) = 0;

  /// The clock by which windows begin and end, so that `state` is the gate's.
  virtual timestamp now() const = 0;
};

}  // namespace firstcome::issuing
