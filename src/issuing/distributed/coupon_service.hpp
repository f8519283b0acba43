#pragma once

// The distributed shape's operators' work and look-ups, on a pool of threads with connections of their own. Lists come
// from the ledger. A single record and a coupon's state come from gate and ledger: what either of them cannot be asked
// is `unavailable`, never a no.

#include "issuing/coupon_service.hpp"
#include "issuing/distributed/gate_clock.hpp"
#include "issuing/distributed/stores.hpp"

namespace firstcome::issuing {

class distributed_coupon_service final : public coupon_service {
 public:
  distributed_coupon_service(store_pool& pool, gate_clock& clock) : pool_(pool), clock_(clock) {}

  async_result_of<coupon> create(coupon_draft draft) override;
  async_result_of<coupon> change(coupon_id id, coupon_change change) override;
  async_result_of<issue_record> take_step(coupon_id coupon, user_id user, issue_step step) override;

  async_result_of<coupon> show(coupon_id id) override;
  async_result_of<issue_record> find(coupon_id coupon, user_id user) override;

  async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit) override;
  async_result_of<coupon_issue_page> issues_of_coupon(coupon_id id, sequence_number after, int limit) override;
  async_result_of<user_issue_page> issues_of_user(user_id user, std::optional<user_issue_position> after,
                                                  int limit) override;

  timestamp now() const override { return clock_.now(); }

 private:
  template <class T>
  async_result_of<T> on_stores(std::function<result<T>(stores&)> work);

  store_pool& pool_;
  gate_clock& clock_;
};

}  // namespace firstcome::issuing
