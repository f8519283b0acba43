#include "ledger/mysql/issue_steps.hpp"

#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {
namespace {

std::string text_or_null(const sql::mysql_connection& db, const std::string& text) {
  return text.empty() ? "NULL" : db.quoted(text);
}

}  // namespace

std::optional<issue_row> read_issue(sql::mysql_connection& db, coupon_id coupon, user_id user, const char* lock) {
  sql::mysql_rows row = db.query(
      "SELECT i.coupon_id, i.user_id, i.sequence, i.date_issued, i.date_used, i.date_returned, i.id, i.order_id,"
      " c.min_available_amount FROM coupon_issues AS i JOIN coupons AS c ON c.id = i.coupon_id WHERE i.user_id = " +
      std::to_string(raw(user)) + " AND i.coupon_id = " + std::to_string(raw(coupon)) + lock);
  if (!row.next()) return std::nullopt;
  issue_row found;
  found.issue.record = issue_from(row);
  found.id = row.integer(shared_issue_column_count);
  if (!row.is_null(shared_issue_column_count + 1)) found.issue.order_id = row.text(shared_issue_column_count + 1);
  found.min_available_amount = static_cast<std::int32_t>(row.integer(shared_issue_column_count + 2));
  return found;
}

bool update_issue(sql::mysql_connection& db, const issue_row& before, const stored_issue& after, const issue_step& step,
                  timestamp now) {
  const auto* given_back = std::get_if<return_step>(&step);
  const std::string reason = given_back != nullptr ? ", return_reason = " + text_or_null(db, given_back->reason) : "";
  return db.execute("UPDATE coupon_issues SET date_used = " + literal(after.record.date_used) + ", order_id = " +
                    text_or_null(db, after.order_id) + ", date_returned = " + literal(after.record.date_returned) +
                    reason + ", date_updated = " + literal(now) + " WHERE id = " + std::to_string(before.id) +
                    " AND date_used <=> " + literal(before.issue.record.date_used) + " AND order_id <=> " +
                    text_or_null(db, before.issue.order_id) + " AND date_returned <=> " +
                    literal(before.issue.record.date_returned)) == 1;
}

void move_counts_after_return(sql::mysql_connection& db, coupon_id coupon) {
  db.execute(
      "UPDATE coupons SET issued_quantity = issued_quantity - 1, returned_quantity = returned_quantity +"
      " (restock = 'pool'), gone_quantity = gone_quantity + (restock = 'none') WHERE id = " +
      std::to_string(raw(coupon)));
}

}  // namespace firstcome::ledger
