#include "ledger/sqlite/rows.hpp"

namespace firstcome::ledger {
namespace {

std::int32_t small(const sql::statement& row, int column) {
  return static_cast<std::int32_t>(row.integer(column));
}
timestamp date(const sql::statement& row, int column) {
  return from_microseconds(row.integer(column));
}

}  // namespace

coupon coupon_from(const sql::statement& row) {
  coupon c;
  c.id = coupon_id{row.integer(0)};
  c.title = row.text(1);
  c.coupon_type = row.text(2);
  if (!row.is_null(3)) c.total_quantity = small(row, 3);
  c.issued_quantity = small(row, 4);
  c.discount_amount = small(row, 5);
  c.min_available_amount = small(row, 6);
  c.window = {date(row, 7), date(row, 8)};
  c.paused = row.integer(9) != 0;
  c.epoch = row.integer(10);
  c.config_version = row.integer(11);
  c.date_created = date(row, 12);
  c.date_updated = date(row, 13);
  c.restock = restock_rule_from(row.text(14)).value_or(restock_rule::none);  // a CHECK keeps it one of them
  c.returned_quantity = small(row, 15);
  c.gone_quantity = small(row, 16);
  return c;
}

issue_record issue_from(const sql::statement& row) {
  issue_record record;
  const std::int64_t id = row.integer(0);
  record.coupon = sqlite_schema::coupon_of(id);
  record.sequence = sqlite_schema::sequence_of(id);
  record.user = user_id{row.integer(1)};
  record.date_issued = date(row, 2);
  if (!row.is_null(3)) record.date_used = date(row, 3);
  if (!row.is_null(4)) record.date_returned = date(row, 4);
  record.status = record.date_returned ? issue_status::returned
                  : record.date_used   ? issue_status::used
                                       : issue_status::issued;
  return record;
}

bool is_passing(const sql::sqlite_error& e) {
  return e.primary_code() == SQLITE_FULL || e.primary_code() == SQLITE_BUSY;
}

bool is_broken(const sql::sqlite_error& e) {
  const int code = e.primary_code();
  return code == SQLITE_IOERR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

}  // namespace firstcome::ledger
