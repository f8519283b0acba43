#include "ledger/import/move_rows.hpp"

#include "ledger/mysql/rows.hpp"
#include "queue/queue_entry.hpp"

namespace firstcome::ledger {
namespace {

std::string text_or_null(const sql::mysql_connection& db, const std::string& text) {
  return text.empty() ? "NULL" : db.quoted(text);
}

}  // namespace

std::string values_of(const sql::mysql_connection& db, const carried_issue& row) {
  const issue_record& record = row.issue.record;
  const timestamp updated =
      record.date_returned ? *record.date_returned : record.date_used.value_or(record.date_issued);
  std::string sql = "(" + std::to_string(raw(record.coupon)) + "," + std::to_string(raw(record.user)) + "," +
                    std::to_string(record.sequence) + ",";
  append_date(sql, record.date_issued);
  sql += "," + literal(record.date_used) + ",";
  append_date(sql, record.date_issued);
  sql += ",";
  append_date(sql, updated);
  sql += "," + text_or_null(db, row.issue.order_id) + "," + literal(record.date_returned) + "," +
         text_or_null(db, row.return_reason) + ")";
  return sql;
}

std::string values_of(const sql::mysql_connection& db, const operator_action& action) {
  return "(" + std::to_string(action.id) + "," + (action.coupon ? std::to_string(raw(*action.coupon)) : "NULL") + "," +
         db.quoted(action.by.name) + "," + db.quoted(action.by.role) + "," + db.quoted(action.what) + "," +
         text_or_null(db, action.before_json) + "," + text_or_null(db, action.after_json) + "," +
         literal(action.date_created) + ")";
}

std::string values_of(const sql::mysql_connection& db, const coupon& c) {
  return "(" + std::to_string(raw(c.id)) + "," + db.quoted(c.title) + "," + db.quoted(c.coupon_type) + "," +
         literal(c.total_quantity) + "," + std::to_string(c.issued_quantity) + "," + std::to_string(c.discount_amount) +
         "," + std::to_string(c.min_available_amount) + "," + literal(c.window.start) + "," + literal(c.window.end) +
         "," + (c.paused ? "TRUE" : "FALSE") + ",0," + std::to_string(c.config_version) + "," +
         literal(c.date_created) + "," + literal(c.date_updated) + ",'" + to_string(c.restock) + "'," +
         std::to_string(c.returned_quantity) + "," + std::to_string(c.gone_quantity) + ")";
}

std::string values_of(const sql::mysql_connection&, const carried_cursor& cursor) {
  return "(" + std::to_string(raw(cursor.coupon)) + ",0,'','" + queue::queue_start + "'," +
         std::to_string(cursor.last_sequence) + ")";
}

std::string values_of(const sql::mysql_connection& db, const carried_key& key) {
  return "(" + db.quoted(key.key) + "," + db.quoted(key.fingerprint) + "," + std::to_string(raw(key.coupon)) + "," +
         literal(key.date_created) + ")";
}

}  // namespace firstcome::ledger
