#pragma once

// An issuer that says what the test wants: at once, or when the test lets the waiting call go.

#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "issuing/issuer.hpp"

namespace firstcome::testing {

class fake_issuer final : public issuing::issuer {
 public:
  /// As for a coupon that is sold out, once there are `winners`.
  sold_out_view look(const issuing::completion_queue&, coupon_id, user_id user) override {
    if (!winners) return sold_out_view::no;
    return winners->count(user) > 0 ? sold_out_view::perhaps_in : sold_out_view::surely_not_in;
  }

  bool issue(issuing::issue_call& call) override {
    ++calls;
    last_coupon = call.coupon;
    last_user = call.user;
    if (!at_once) {
      waiting = &call;
      return false;
    }
    call.answer = answer_to(call);
    return true;
  }

  bool withdraw(issuing::issue_call& call) override {
    EXPECT_EQ(&call, waiting);
    if (withdrawable) waiting = nullptr;
    return withdrawable;
  }

  /// Answers the call that waits, as its event loop would.
  void let_go() {
    issuing::issue_call& call = *std::exchange(waiting, nullptr);
    call.answer = answer_to(call);
    call.on_answer();
  }

  std::optional<std::set<user_id>> winners;
  result<issue_decision> says{issue_decision{}};
  bool at_once = true;
  bool withdrawable = true;

  int calls = 0;
  coupon_id last_coupon{};
  user_id last_user{};
  issuing::issue_call* waiting = nullptr;

 private:
  /// A yes is about the coupon and user that were asked for.
  result<issue_decision> answer_to(const issuing::issue_call& call) const {
    result<issue_decision> answer = says;
    if (answer && is_yes(answer->what)) {
      answer->record.coupon = call.coupon;
      answer->record.user = call.user;
    }
    return answer;
  }
};

}  // namespace firstcome::testing
