#pragma once

// A coupon service in memory, with the rules of the real one and a clock that the test sets.

#include <map>
#include <vector>

#include "issuing/coupon_service.hpp"

namespace firstcome::testing {

class fake_coupon_service : public issuing::coupon_service {
 public:
  template <class T>
  using async_result_of = issuing::async_result_of<T>;

  async_result_of<coupon> create(coupon_draft draft, actor by, std::optional<idempotency_key> key,
                                 runtime::deadline until) override;
  async_result_of<coupon> change(coupon_id id, coupon_change change, actor by, runtime::deadline until) override;
  async_result_of<issue_record> take_step(coupon_id id, user_id user, issue_step step, actor by,
                                          runtime::deadline until) override;
  async_result_of<coupon> show(coupon_id id, runtime::deadline until) override;
  async_result_of<issue_record> find(coupon_id id, user_id user, runtime::deadline until) override;
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
  timestamp now() const override { return present; }

  /// Gives the coupon to the user, as the gate would.
  issue_record issue(coupon_id id, user_id user);

  timestamp present = from_microseconds(1'800'000'000'000'000);
  std::optional<errc> fails_with;  // what every function answers, when set
  bool throws = false;             // every function has a bug, when set

  std::map<std::int64_t, coupon> coupons_by_id;
  std::map<std::pair<coupon_id, user_id>, std::string> orders;  // that used an issue
  std::vector<operator_action> trail;                           // oldest first
  std::map<std::string, std::pair<std::string, coupon_id>> keys;
  std::map<std::int64_t, coupon_backlog> backlogs;  // by coupon
  std::vector<dead_letter> letters;                 // open ones, by id
  int backlog_looks = 0;
  std::vector<issue_record> issues;  // in the order of issuing; the index + 1 is the row id

 private:
  void note(operator_action action);
  boost::system::error_code failure() const;
  issue_record* issue_of(coupon_id id, user_id user);
};

}  // namespace firstcome::testing
