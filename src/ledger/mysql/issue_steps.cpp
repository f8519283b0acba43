#include "ledger/mysql/issue_steps.hpp"

#include <algorithm>
#include <vector>

#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {
namespace {

std::string text_or_null(const sql::mysql_connection& db, const std::string& text) {
  return text.empty() ? "NULL" : db.quoted(text);
}

constexpr const char* select_issues =
    "SELECT i.coupon_id, i.user_id, i.sequence, i.date_issued, i.date_used, i.date_returned, i.id, i.order_id,"
    " c.min_available_amount FROM coupon_issues AS i JOIN coupons AS c ON c.id = i.coupon_id WHERE ";

issue_row issue_row_from(const sql::mysql_rows& row) {
  issue_row found;
  found.issue.record = issue_from(row);
  found.id = row.integer(shared_issue_column_count);
  if (!row.is_null(shared_issue_column_count + 1)) found.issue.order_id = row.text(shared_issue_column_count + 1);
  found.min_available_amount = static_cast<std::int32_t>(row.integer(shared_issue_column_count + 2));
  return found;
}

void append_list(std::string& text, std::int64_t number) {
  text += (text.ends_with('(') ? "" : ",") + std::to_string(number);
}

/// An IN of each coupon, which the server searches in as in a sorted list; one condition a row it would try in turn.
std::string are_issues(std::span<const issue_name> names) {
  std::map<coupon_id, std::string> users;
  for (const auto& [coupon, user] : names)
    append_list(users.try_emplace(coupon, "i.user_id IN (").first->second, raw(user));
  std::string text;
  for (const auto& [coupon, in] : users)
    text +=
        (text.empty() ? "(i.coupon_id = " : " OR (i.coupon_id = ") + std::to_string(raw(coupon)) + " AND " + in + "))";
  return text;
}

/// Likewise: rows that were alike before share a condition.
std::string are_as_before(const sql::mysql_connection& db, std::span<const issue_change> changes) {
  std::map<std::string, std::string> ids;
  for (const issue_change& one : changes) {
    const issue_record& before = one.before.issue.record;
    append_list(ids.try_emplace("date_used <=> " + literal(before.date_used) + " AND order_id <=> " +
                                    text_or_null(db, one.before.issue.order_id) + " AND date_returned <=> " +
                                    literal(before.date_returned),
                                "id IN (")
                    .first->second,
                one.before.id);
  }
  std::string text;
  for (const auto& [condition, in] : ids) text += (text.empty() ? "(" : " OR (") + in + ") AND " + condition + ")";
  return text;
}

struct value_of_row {
  std::int64_t id;
  std::string value;
};

/// What a column becomes in each of these rows, as a tree that halves them: a CASE would be tried branch by branch.
/// Ascending by id.
std::string by_id(std::span<const value_of_row> rows) {
  const auto is_first = [&](const value_of_row& one) { return one.value == rows.front().value; };
  if (std::all_of(rows.begin(), rows.end(), is_first)) return rows.front().value;
  const std::size_t half = rows.size() / 2;
  return "IF(id < " + std::to_string(rows[half].id) + "," + by_id(rows.first(half)) + "," + by_id(rows.subspan(half)) +
         ")";
}

template <class Value>
std::string by_row(std::span<const issue_change> changes, Value value) {
  std::vector<value_of_row> rows;
  for (const issue_change& one : changes) rows.push_back({one.before.id, value(one)});
  std::sort(rows.begin(), rows.end(), [](const value_of_row& a, const value_of_row& b) { return a.id < b.id; });
  return by_id(rows);
}

}  // namespace

std::map<issue_name, issue_row> read_issues(sql::mysql_connection& db, std::span<const issue_name> names,
                                            row_lock lock) {
  std::map<issue_name, issue_row> found;
  if (names.empty()) return found;
  std::string text = select_issues + are_issues(names);
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
  text += " WHERE " + are_as_before(db, changes);
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
