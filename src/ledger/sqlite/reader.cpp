#include "ledger/sqlite/reader.hpp"

#include <limits>

#include "ledger/sqlite/operator_trail.hpp"
#include "ledger/sqlite/rows.hpp"
#include "ledger/sqlite/schema.hpp"

namespace firstcome::ledger {
/// Reads up to `limit` rows of a statement that asks for one more: that one shows whether there is a next page.
template <class Page, class Read, class Position>
result<Page> sqlite_reader::read_page(sql::statement& query, int limit, Read read, Position position) {
  const checkpoint_barrier::reading inside = gate_->enter();
  sql::reset_at_end at_end(query);  // before the gate is left
  try {
    Page page;
    while (query.step()) {
      if (static_cast<int>(page.items.size()) == limit) {
        page.next = position(page.items.back());
        break;
      }
      page.items.push_back(read(query));
    }
    return page;
  } catch (const sql::sqlite_error& e) {
    if (is_passing(e)) return errc::unavailable;
    if (is_broken(e)) throw ledger_broken(e.what());
    throw;
  }
}

sqlite_reader::sqlite_reader(sql::connection db, std::shared_ptr<checkpoint_barrier> gate)
    : db_(std::move(db)),
      gate_(std::move(gate)),
      coupons_(db_.handle(),
               std::string("SELECT ") + coupon_columns + " FROM coupons WHERE id > ?1 ORDER BY id LIMIT ?2"),
      issues_of_coupon_(db_.handle(), std::string("SELECT ") + issue_columns +
                                          " FROM coupon_issues WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"),
      issues_of_user_(db_.handle(), std::string("SELECT ") + issue_columns +
                                        " FROM coupon_issues WHERE user_id = ?1 AND (date_issued, id) < (?2, ?3)"
                                        " ORDER BY date_issued DESC, id DESC LIMIT ?4"),
      actions_(db_.handle(), select_actions) {}

result<coupon_page> sqlite_reader::coupons(std::optional<coupon_id> after, int limit) {
  coupons_.bind(1, after ? raw(*after) : 0).bind(2, limit + std::int64_t{1});
  return read_page<coupon_page>(coupons_, limit, coupon_from, [](const coupon& last) { return last.id; });
}

result<coupon_issue_page> sqlite_reader::issues_of_coupon(coupon_id id, sequence_number after, int limit) {
  if (!sqlite_schema::can_hold(id)) return coupon_issue_page{};
  issues_of_coupon_.bind(1, sqlite_schema::issue_row_id(id, after))
      .bind(2, sqlite_schema::issue_row_id(id, quantity_max))
      .bind(3, limit + std::int64_t{1});
  return read_page<coupon_issue_page>(issues_of_coupon_, limit, issue_from,
                                      [](const issue_record& last) { return last.sequence; });
}

result<user_issue_page> sqlite_reader::issues_of_user(user_id user, std::optional<user_issue_position> after,
                                                      int limit) {
  constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
  issues_of_user_.bind(1, raw(user))
      .bind(2, after ? to_microseconds(after->date_issued) : newest)
      .bind(3, after ? after->issue_row_id : newest)
      .bind(4, limit + std::int64_t{1});
  return read_page<user_issue_page>(issues_of_user_, limit, issue_from, [](const issue_record& last) {
    return user_issue_position{last.date_issued, sqlite_schema::issue_row_id(last.coupon, last.sequence)};
  });
}

result<operator_action_page> sqlite_reader::actions(std::optional<coupon_id> coupon, std::optional<std::int64_t> before,
                                                    int limit) {
  actions_.bind(1, before.value_or(std::numeric_limits<std::int64_t>::max()));
  coupon ? actions_.bind(2, raw(*coupon)) : actions_.bind_null(2);
  actions_.bind(3, limit + std::int64_t{1});
  return read_page<operator_action_page>(actions_, limit, action_from,
                                         [](const operator_action& last) { return last.id; });
}

}  // namespace firstcome::ledger
