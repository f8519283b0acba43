#include "support/fake_coupon_service.hpp"

#include <algorithm>
#include <stdexcept>

namespace firstcome::testing {

boost::system::error_code fake_coupon_service::failure() const {
  if (throws) throw std::logic_error("a bug that the test asked for");
  return fails_with ? make_error_code(*fails_with) : boost::system::error_code{};
}

issue_record* fake_coupon_service::issue_of(coupon_id id, user_id user) {
  const auto found =
      std::ranges::find_if(issues, [&](const issue_record& r) { return r.coupon == id && r.user == user; });
  return found == issues.end() ? nullptr : &*found;
}

void fake_coupon_service::note(operator_action action) {
  if (!action.by.works_here()) return;
  action.id = static_cast<std::int64_t>(trail.size()) + 1;
  trail.push_back(std::move(action));
}

issue_record fake_coupon_service::issue(coupon_id id, user_id user) {
  coupon& c = coupons_by_id.at(raw(id));
  issues.push_back({id, user, ++c.issued_quantity, issue_status::issued, present, std::nullopt});
  return issues.back();
}

issuing::async_result_of<coupon> fake_coupon_service::create(coupon_draft draft, actor by,
                                                             std::optional<idempotency_key> key, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  if (why_invalid(draft)) co_return errc::invalid_coupon;
  if (key && keys.contains(key->key)) {
    if (keys[key->key].first != key->fingerprint) co_return errc::idempotency_key_reused;
    co_return coupons_by_id[raw(keys[key->key].second)];
  }
  coupon c;
  c.id = static_cast<coupon_id>(coupons_by_id.size() + 1);
  c.title = draft.title;
  c.coupon_type = draft.coupon_type;
  c.total_quantity = draft.total_quantity;
  c.discount_amount = draft.discount_amount;
  c.min_available_amount = draft.min_available_amount;
  c.window = draft.window;
  c.date_created = c.date_updated = present;
  coupons_by_id[raw(c.id)] = c;
  if (key) keys[key->key] = {key->fingerprint, c.id};
  note(creation_of(c, by, present));
  co_return c;
}

issuing::async_result_of<coupon> fake_coupon_service::change(coupon_id id, coupon_change change, actor by,
                                                             runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  const auto found = coupons_by_id.find(raw(id));
  if (found == coupons_by_id.end()) co_return errc::coupon_not_found;
  const coupon changed = with_change(found->second, change);
  if (why_invalid(changed)) co_return errc::invalid_coupon;
  if (changed.total_quantity && *changed.total_quantity < changed.issued_quantity)
    co_return errc::quantity_below_issued;
  note(change_of(found->second, changed, by, present));
  found->second = changed;
  co_return changed;
}

issuing::async_result_of<issue_record> fake_coupon_service::take_step(coupon_id id, user_id user, issue_step step,
                                                                      actor by, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  if (!coupons_by_id.contains(raw(id))) co_return errc::coupon_not_found;
  issue_record* record = issue_of(id, user);
  if (record == nullptr) co_return errc::issue_not_found;
  std::string& order = orders[{id, user}];
  const result<issue_after_step> after =
      after_step({*record, order}, step, coupons_by_id[raw(id)].min_available_amount, present);
  if (!after) co_return after.error();
  if (const auto action = step_action_of({*record, order}, after->issue, step, by, present); action && after->changed)
    note(*action);
  *record = after->issue.record;
  order = after->issue.order_id;
  co_return *record;
}

issuing::async_result_of<coupon> fake_coupon_service::show(coupon_id id, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  const auto found = coupons_by_id.find(raw(id));
  if (found == coupons_by_id.end()) co_return errc::coupon_not_found;
  co_return found->second;
}

issuing::async_result_of<issue_record> fake_coupon_service::find(coupon_id id, user_id user, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  if (!coupons_by_id.contains(raw(id))) co_return errc::coupon_not_found;
  const issue_record* record = issue_of(id, user);
  if (record == nullptr) co_return errc::issue_not_found;
  co_return *record;
}

issuing::async_result_of<coupon_page> fake_coupon_service::coupons(std::optional<coupon_id> after, int limit,
                                                                   runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  coupon_page page;
  for (auto it = coupons_by_id.upper_bound(after ? raw(*after) : 0); it != coupons_by_id.end(); ++it) {
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(it->second);
  }
  co_return page;
}

issuing::async_result_of<coupon_issue_page> fake_coupon_service::issues_of_coupon(coupon_id id, sequence_number after,
                                                                                  int limit, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  if (!coupons_by_id.contains(raw(id))) co_return errc::coupon_not_found;
  coupon_issue_page page;
  for (const issue_record& r : issues) {
    if (r.coupon != id || r.sequence <= after) continue;
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = page.items.back().sequence;
      break;
    }
    page.items.push_back(r);
  }
  co_return page;
}

issuing::async_result_of<user_issue_page> fake_coupon_service::issues_of_user(user_id user,
                                                                              std::optional<user_issue_position> after,
                                                                              int limit, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  user_issue_page page;
  std::int64_t last = 0;
  for (auto row = static_cast<std::int64_t>(issues.size()); row > 0; --row) {
    const issue_record& r = issues[static_cast<std::size_t>(row - 1)];
    if (r.user != user) continue;
    if (after && row >= after->issue_row_id) continue;
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = user_issue_position{page.items.back().date_issued, last};
      break;
    }
    page.items.push_back(r);
    last = row;
  }
  co_return page;
}

issuing::async_result_of<coupon_backlog> fake_coupon_service::backlog(coupon_id id, runtime::deadline) {
  ++backlog_looks;
  if (const auto failed = failure()) co_return failed;
  if (!coupons_by_id.contains(raw(id))) co_return errc::coupon_not_found;
  co_return backlogs[raw(id)];
}

issuing::async_result_of<dead_letter_page> fake_coupon_service::dead_letters(std::optional<coupon_id> coupon,
                                                                             std::optional<std::int64_t> after,
                                                                             int limit, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  dead_letter_page page;
  for (const dead_letter& one : letters) {
    if ((coupon && one.coupon != *coupon) || (after && one.id <= *after)) continue;
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(one);
  }
  co_return page;
}

issuing::async_result_of<operator_action_page> fake_coupon_service::actions(std::optional<coupon_id> coupon,
                                                                            std::optional<std::int64_t> before,
                                                                            int limit, runtime::deadline) {
  if (const auto failed = failure()) co_return failed;
  operator_action_page page;
  for (auto it = trail.rbegin(); it != trail.rend(); ++it) {
    if ((coupon && it->coupon != coupon) || (before && it->id >= *before)) continue;
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(*it);
  }
  co_return page;
}

}  // namespace firstcome::testing
