#pragma once

// What a node of the lab can do besides issuing: make, show and change a coupon of the original tables, and look for a
// user's issue. Everything else the original schema has no place for, and is answered `unavailable`.
// Thread safety: any thread.

#include "issuing/coupon_service.hpp"
#include "lab/strategies/blocking_issuer.hpp"

namespace firstcome::issuing {

class lab_coupons final : public coupon_service {
 public:
  lab_coupons(blocking_issuer::pool& threads, const runtime::clock& clock) : threads_(threads), clock_(clock) {}

  async_result_of<coupon> create(coupon_draft draft, actor by, std::optional<idempotency_key> key,
                                 runtime::deadline until) override;
  /// Announced to the caches of all nodes.
  async_result_of<coupon> change(coupon_id id, coupon_change change, actor by, runtime::deadline until) override;
  async_result_of<coupon> show(coupon_id id, runtime::deadline until) override;
  async_result_of<issue_record> find(coupon_id coupon, user_id user, runtime::deadline until) override;

  async_result_of<issue_record> take_step(coupon_id coupon, user_id user, issue_step step, actor by,
                                          runtime::deadline until) override;
  async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit, runtime::deadline until) override;
  async_result_of<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit,
                                                      runtime::deadline until) override;
  async_result_of<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after, int limit,
                                                  runtime::deadline until) override;
  async_result_of<operator_action_page> actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                int limit, runtime::deadline until) override;
  async_result_of<coupon_backlog> backlog(coupon_id id, runtime::deadline until) override;
  async_result_of<dead_letter_page> dead_letters(std::optional<coupon_id> coupon, std::optional<std::int64_t> after,
                                                 int limit, runtime::deadline until) override;
  timestamp now() const override { return clock_.now(); }

 private:
  template <class T>
  async_result_of<T> on_pool(runtime::deadline until, std::function<result<T>(per_thread&)> work);

  blocking_issuer::pool& threads_;
  const runtime::clock& clock_;
};

}  // namespace firstcome::issuing
