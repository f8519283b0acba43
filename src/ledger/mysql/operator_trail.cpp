#include "ledger/mysql/operator_trail.hpp"

#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {

namespace {

std::string values_of(const sql::mysql_connection& db, const operator_action& action) {
  const auto text_or_null = [&](const std::string& text) { return text.empty() ? "NULL" : db.quoted(text); };
  return "(" + (action.coupon ? std::to_string(raw(*action.coupon)) : "NULL") + "," + db.quoted(action.by.name) + "," +
         db.quoted(action.by.role) + "," + db.quoted(action.what) + "," + text_or_null(action.before_json) + "," +
         text_or_null(action.after_json) + "," + literal(action.date_created) + ")";
}

}  // namespace

void note_action(sql::mysql_connection& db, const operator_action& action) {
  note_actions(db, {&action, 1});
}

void note_actions(sql::mysql_connection& db, std::span<const operator_action> actions) {
  std::string text =
      "INSERT INTO operator_actions (coupon_id, actor, role, action, before_json, after_json, date_created) VALUES ";
  for (const operator_action& one : actions) text += (&one == &actions.front() ? "" : ",") + values_of(db, one);
  db.execute(text);
}

operator_action action_from(const sql::mysql_rows& row) {
  operator_action action;
  action.id = row.integer(0);
  if (!row.is_null(1)) action.coupon = coupon_id{row.integer(1)};
  action.by = {std::string(row.text(2)), std::string(row.text(3))};
  action.what = row.text(4);
  if (!row.is_null(5)) action.before_json = row.text(5);
  if (!row.is_null(6)) action.after_json = row.text(6);
  action.date_created = date_from(row.text(7));
  return action;
}

}  // namespace firstcome::ledger
