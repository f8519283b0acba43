#pragma once

// The hot path: one request to issue, in our own words and in the original service's. Nothing is allocated on the way;
// what has to wait lives inside the exchange.
// Thread safety: any event loop's thread.

#include "api/answer.hpp"
#include "api/auth.hpp"
#include "api/bodies.hpp"
#include "api/routes.hpp"
#include "issuing/issuer.hpp"
#include "runtime/clock.hpp"

namespace firstcome::api {

class issue_handlers {
 public:
  issue_handlers(issuing::issuer& issuer, const runtime::clock& clock, absence away = {})
      : issuer_(issuer), clock_(clock), away_(std::move(away)) {}

  /// `found`: POST /v1/coupons/{id}/issues, or with the original contract POST /v1/issue and its kin.
  static bool serves(const route_match& found);
  void issue(routed_exchange to, const route_match& found, const caller& who);

  /// Whether the coupon is sold out, to whoever asks in the name of `claimed` and has not proven it. `no` for a request
  /// that cannot be understood, or that names another user.
  sold_out_view look(routed_exchange to, const route_match& found, user_id claimed);
  void say_sold_out(routed_exchange to, const route_match& found) const;

 private:
  enum class contract : bool { ours, original };
  class pending_issue;
  struct wish {
    coupon_id coupon{};
    user_id user{};
  };

  static contract contract_of(const route_match& found);
  static reading<wish> read(routed_exchange to, const route_match& found, const caller& who);
  void ask(routed_exchange to, wish what, contract contract);
  void refuse(routed_exchange to, errc why) const;

  issuing::issuer& issuer_;
  const runtime::clock& clock_;
  const absence away_;
};

}  // namespace firstcome::api
