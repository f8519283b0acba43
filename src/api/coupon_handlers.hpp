#pragma once

// Everything but the issue itself: each handler is a coroutine that reads straight down and comes to an answer. They
// run on the exchange's event loop and wait there without blocking it.
// The texts that they are given belong to the exchange and stay valid until it is answered, which is after they end.

#include <boost/asio/awaitable.hpp>

#include "api/answer.hpp"
#include "api/joint_lists.hpp"
#include "issuing/coupon_service.hpp"

namespace firstcome::api {

using async_answer = boost::asio::awaitable<answer>;
using issuing::coupon_service;

// `by`: who asks, for the trail. `until`: the deadline of the request.

/// `key_sent`: the Idempotency-Key header, if there was one.
async_answer create_coupon(coupon_service& service, std::string_view body, actor by,
                           std::optional<std::string_view> key_sent, runtime::deadline until);
/// 201 with the coupon and its Location, or why it was not made.
answer to_creation_answer(const result<coupon>& created, timestamp now);
async_answer change_coupon(coupon_service& service, coupon_id id, std::string_view body, actor by,
                           runtime::deadline until);
async_answer show_coupon(coupon_service& service, coupon_id id, runtime::deadline until);
async_answer list_coupons(joint_lists& lists, std::string_view query, runtime::deadline until);

async_answer find_issue(coupon_service& service, coupon_id coupon, user_id user, runtime::deadline until);
async_answer use_issue(coupon_service& service, coupon_id coupon, user_id user, std::string_view body, actor by,
                       runtime::deadline until);
async_answer undo_use(coupon_service& service, coupon_id coupon, user_id user, std::string_view query, actor by,
                      runtime::deadline until);
/// Operators must give a reason.
async_answer return_issue(coupon_service& service, coupon_id coupon, user_id user, std::string_view body, actor by,
                          runtime::deadline until);
async_answer list_coupon_issues(coupon_service& service, coupon_id coupon, std::string_view query,
                                runtime::deadline until);
async_answer list_user_issues(coupon_service& service, user_id user, std::string_view query, runtime::deadline until);
/// What was done, newest first.
async_answer list_actions(coupon_service& service, std::string_view query, runtime::deadline until);
/// Open ones, by id.
async_answer list_dead_letters(coupon_service& service, std::string_view query, runtime::deadline until);

/// Runs the handler and gives its answer. A handler that throws is a bug: it is logged, and the client hears that the
/// outcome is unknown. `away`: what a 503 is to name as the store that does not answer, or null.
void spawn(routed_exchange to, async_answer handler, const absence& away = {});

}  // namespace firstcome::api
