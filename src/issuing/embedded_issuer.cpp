#include "issuing/embedded_issuer.hpp"

namespace firstcome::issuing {

bool embedded_issuer::issue(issue_call& call) {
  const gate::gate* gate = gates_.find(call.coupon);
  if (gate == nullptr) {
    call.answer = issue_decision{};
    return true;
  }
  const issue_decision early = gate->early_decision(call.user, writer_.clock().now());
  if (early.what != verdict::admitted) {
    call.answer = early;
    return true;
  }
  if (writer_.push(call)) return false;
  call.answer = make_error_code(errc::overloaded);
  return true;
}

}  // namespace firstcome::issuing
