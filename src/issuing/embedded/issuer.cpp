#include "issuing/embedded/issuer.hpp"

namespace firstcome::issuing {

sold_out_view embedded_issuer::look(const completion_queue&, coupon_id coupon, user_id user) {
  const gate::gate* gate = gates_.find(coupon);
  return gate == nullptr ? sold_out_view::no : gate->look(user, writer_.clock().now());
}

bool embedded_issuer::issue(issue_call& call) {
  const gate::gate* gate = gates_.find(call.coupon);
  if (gate == nullptr) {
    call.answer = issue_decision{};
    return true;
  }
  const bool under_way = writer_.under_way();  // read before the gate is
  const issue_decision early = gate->early_decision(call.user, writer_.clock().now());
  // This user may be in the batch under way, from before the window's end: then "ended" would be a "no" before a yes.
  const bool by_the_clock = early.what == verdict::ended || early.what == verdict::not_started;
  if (early.what != verdict::admitted && !(by_the_clock && under_way)) {
    call.answer = early;
    return true;
  }
  if (writer_.push(call)) return false;
  call.answer = make_error_code(errc::overloaded);
  return true;
}

}  // namespace firstcome::issuing
