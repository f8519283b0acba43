#pragma once

// The hot path: one request to issue, in our own words and in the original service's. Nothing is allocated on the way;
// what has to wait lives inside the exchange.
// Thread safety: any event loop's thread.

#include <atomic>

#include "api/answer.hpp"
#include "api/auth.hpp"
#include "issuing/issuer.hpp"
#include "runtime/clock.hpp"

namespace firstcome::api {

class issue_handlers {
 public:
  /// `away`: the name of a store that does not answer, or null.
  issue_handlers(issuing::issuer& issuer, const runtime::clock& clock, const std::atomic<const char*>* away = nullptr)
      : issuer_(issuer), clock_(clock), away_(away) {}

  /// POST /v1/coupons/{id}/issues
  void issue(routed_exchange to, coupon_id coupon, const caller& who);
  /// POST /v1/issue, /v1/issue-async, /v2/issue-async
  void issue_originally(routed_exchange to, const caller& who);

 private:
  enum class contract : bool { ours, original };
  class pending_issue;

  void ask(routed_exchange to, coupon_id coupon, user_id user, contract contract);

  issuing::issuer& issuer_;
  const runtime::clock& clock_;
  const std::atomic<const char*>* away_;

  void refuse(routed_exchange to, errc why) const;
};

}  // namespace firstcome::api
