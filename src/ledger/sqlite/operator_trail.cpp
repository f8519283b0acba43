#include "ledger/sqlite/operator_trail.hpp"

namespace firstcome::ledger {

operator_trail::operator_trail(sql::connection& db)
    : insert_(db.handle(),
              "INSERT INTO operator_actions (coupon_id, actor, role, action, before_json, after_json, date_created)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") {}

void operator_trail::note(const operator_action& action) {
  const auto text_or_null = [this](int parameter, const std::string& text) {
    text.empty() ? insert_.bind_null(parameter) : insert_.bind(parameter, text);
  };
  action.coupon ? insert_.bind(1, raw(*action.coupon)) : insert_.bind_null(1);
  insert_.bind(2, action.by.name).bind(3, action.by.role).bind(4, action.what);
  text_or_null(5, action.before_json);
  text_or_null(6, action.after_json);
  insert_.bind(7, to_microseconds(action.date_created)).run();
}

operator_action action_from(const sql::statement& row) {
  operator_action action;
  action.id = row.integer(0);
  if (!row.is_null(1)) action.coupon = coupon_id{row.integer(1)};
  action.by = {row.text(2), row.text(3)};
  action.what = row.text(4);
  if (!row.is_null(5)) action.before_json = row.text(5);
  if (!row.is_null(6)) action.after_json = row.text(6);
  action.date_created = from_microseconds(row.integer(7));
  return action;
}

}  // namespace firstcome::ledger
