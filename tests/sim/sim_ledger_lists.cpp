// The part of sim_ledger that reads pages.

#include <algorithm>

#include "sim/sim_ledger.hpp"

namespace firstcome::testing {
namespace {

/// `items` holds everything that follows; the page takes the first of it.
template <class Page, class Item, class Position>
Page first_page(std::vector<Item> items, int limit, Position position) {
  Page page;
  const bool more = items.size() > static_cast<std::size_t>(limit);
  if (more) items.erase(items.begin() + limit, items.end());
  if (more) page.next = position(items.back());
  page.items = std::move(items);
  return page;
}

}  // namespace

result<coupon_page> sim_ledger::coupons(std::optional<coupon_id> after, int limit) {
  connect();
  std::vector<coupon> items;
  for (const auto& [id, rows] : store_.data_.coupons)
    if (!after || id > *after) items.push_back(rows.row);
  return first_page<coupon_page>(std::move(items), limit, [](const coupon& last) { return last.id; });
}

result<coupon_issue_page> sim_ledger::issues_of_coupon(coupon_id id, sequence_number after, int limit) {
  const sim_coupon_rows* rows = find(id);
  if (rows == nullptr) return errc::coupon_not_found;
  std::vector<issue_record> items;
  for (auto it = rows->issues.upper_bound(after); it != rows->issues.end(); ++it) items.push_back(it->second.record);
  return first_page<coupon_issue_page>(std::move(items), limit, [](const issue_record& last) { return last.sequence; });
}

result<user_issue_page> sim_ledger::issues_of_user(user_id user, std::optional<user_issue_position> after, int limit) {
  connect();
  using place = std::pair<timestamp, std::int64_t>;
  std::map<place, issue_record, std::greater<>> newest_first;
  for (const auto& [id, rows] : store_.data_.coupons) {
    const auto found = rows.places.find(user);
    if (found == rows.places.end()) continue;
    const sim_issue& issue = rows.issues.at(found->second);
    newest_first.emplace(place(issue.record.date_issued, issue.row_id), issue.record);
  }
  user_issue_page page;
  for (const auto& [at, record] : newest_first) {
    if (after && at >= place(after->date_issued, after->issue_row_id)) continue;
    if (page.items.size() == static_cast<std::size_t>(limit)) return page;
    page.items.push_back(record);
    page.next = user_issue_position{at.first, at.second};
  }
  page.next.reset();  // nothing was left over
  return page;
}

result<operator_action_page> sim_ledger::actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                 int limit) {
  connect();
  std::vector<operator_action> items;
  for (auto it = store_.data_.actions.rbegin(); it != store_.data_.actions.rend(); ++it)
    if ((!coupon || it->coupon == coupon) && (!before || it->id < *before)) items.push_back(*it);
  return first_page<operator_action_page>(std::move(items), limit, [](const operator_action& last) { return last.id; });
}

}  // namespace firstcome::testing
