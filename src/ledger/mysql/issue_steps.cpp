#include "ledger/mysql/issue_steps.hpp"

#include <algorithm>

#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {
namespace {

std::string text_or_null(const sql::mysql_connection& db, const std::string& text) {
  return text.empty() ? "NULL" : db.quoted(text);
}

constexpr const char* select_issues =
    "SELECT i.coupon_id, i.user_id, i.sequence, i.date_issued, i.date_used, i.date_returned, i.id, i.order_id,"
    " c.min_available_amount FROM coupon_issues AS i JOIN coupons AS c ON c.id = i.coupon_id WHERE ";

std::string is_issue(coupon_id coupon, user_id user) {
  return "i.user_id = " + std::to_string(raw(user)) + " AND i.coupon_id = " + std::to_string(raw(coupon));
}

issue_row issue_row_from(const sql::mysql_rows& row) {
  issue_row found;
  found.issue.record = issue_from(row);
  found.id = row.integer(shared_issue_column_count);
  if (!row.is_null(shared_issue_column_count + 1)) found.issue.order_id = row.text(shared_issue_column_count + 1);
  found.min_available_amount = static_cast<std::int32_t>(row.integer(shared_issue_column_count + 2));
  return found;
}

std::string is_as_before(const sql::mysql_connection& db, const issue_row& before) {
  return "id = " + std::to_string(before.id) + " AND date_used <=> " + literal(before.issue.record.date_used) +
         " AND order_id <=> " + text_or_null(db, before.issue.order_id) + " AND date_returned <=> " +
         literal(before.issue.record.date_returned);
}

/// CASE id WHEN … THEN … END: what a column becomes in each row.
template <class Value>
std::string by_row(std::span<const issue_change> changes, Value value) {
  std::string text = "CASE id";
  for (const issue_change& one : changes) text += " WHEN " + std::to_string(one.before.id) + " THEN " + value(one);
  return text + " END";
}

}  // namespace

std::map<issue_name, issue_row> read_issues(sql::mysql_connection& db, std::span<const issue_name> names,
                                            row_lock lock) {
  std::map<issue_name, issue_row> found;
  if (names.empty()) return found;
  std::string text = select_issues;
  for (const auto& [coupon, user] : names)
    text += (&coupon == &names.front().first ? "(" : " OR (") + is_issue(coupon, user) + ")";
  if (lock == row_lock::held) text += " FOR UPDATE";
  sql::mysql_rows row = db.query(text);
  while (row.next()) {
    issue_row one = issue_row_from(row);
    const issue_name name(one.issue.record.coupon, one.issue.record.user);
    found.emplace(name, std::move(one));
  }
  return found;
}

bool update_issues(sql::mysql_connection& db, std::span<const issue_change> changes) {
  const auto used = [](const issue_change& one) { return literal(one.after.record.date_used); };
  const auto order = [&db](const issue_change& one) { return text_or_null(db, one.after.order_id); };
  const auto returned = [](const issue_change& one) { return literal(one.after.record.date_returned); };
  const auto reason = [&db](const issue_change& one) { return text_or_null(db, one.return_reason.value_or("")); };
  const auto at = [](const issue_change& one) { return literal(one.at); };
  std::string text = "UPDATE coupon_issues SET date_used = " + by_row(changes, used) +
                     ", order_id = " + by_row(changes, order) + ", date_updated = " + by_row(changes, at);
  const auto is_return = [](const issue_change& one) { return one.return_reason.has_value(); };
  if (std::any_of(changes.begin(), changes.end(), is_return))  // a row that was returned before is never changed again
    text += ", date_returned = " + by_row(changes, returned) + ", return_reason = " + by_row(changes, reason);
  text += " WHERE ";
  for (const issue_change& one : changes)
    text += (&one == &changes.front() ? "(" : " OR (") + is_as_before(db, one.before) + ")";
  return db.execute(text) == changes.size();
}

void move_counts_after_returns(sql::mysql_connection& db, coupon_id coupon, std::size_t returned) {
  const std::string n = std::to_string(returned);
  db.execute("UPDATE coupons SET issued_quantity = issued_quantity - " + n +
             ", returned_quantity = returned_quantity + " + n +
             " * (restock = 'pool'), gone_quantity = gone_quantity + " + n +
             " * (restock = 'none') WHERE id = " + std::to_string(raw(coupon)));
}

}  // namespace firstcome::ledger
