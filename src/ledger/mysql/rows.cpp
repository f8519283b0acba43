#include "ledger/mysql/rows.hpp"

#include <array>
#include <stdexcept>

namespace firstcome::ledger {
namespace {

std::int32_t small(const sql::mysql_rows& row, unsigned column) {
  return static_cast<std::int32_t>(row.integer(column));
}

}  // namespace

timestamp date_from(std::string_view text) {
  // "2026-01-02 03:04:05.678901" is RFC 3339 but for the T and the zone.
  std::array<char, 32> rfc{};
  const std::size_t size = std::min(text.size(), rfc.size() - 1);
  std::copy_n(text.begin(), size, rfc.begin());
  rfc[10] = 'T';
  rfc[size] = 'Z';
  const std::optional<timestamp> t = from_rfc3339({rfc.data(), size + 1});
  if (!t)
    throw std::runtime_error("the database holds \"" + std::string(text) + "\" where a date from 1970 to 9999 is");
  return *t;
}

void append_date(std::string& sql, timestamp t) {
  rfc3339_buffer buffer;
  const std::string_view rfc = to_rfc3339(t, buffer);
  sql += '\'';
  sql.append(rfc.substr(0, 10));
  sql += ' ';
  sql.append(rfc.substr(11, rfc.size() - 12));
  sql += '\'';
}

std::string literal(timestamp t) {
  std::string sql;
  append_date(sql, t);
  return sql;
}

std::string literal(const std::optional<timestamp>& t) {
  return t ? literal(*t) : "NULL";
}

std::string literal(const std::optional<std::int32_t>& number) {
  return number ? std::to_string(*number) : "NULL";
}

coupon coupon_from(const sql::mysql_rows& row) {
  coupon c;
  c.id = coupon_id{row.integer(0)};
  c.title = row.text(1);
  c.coupon_type = row.text(2);
  if (!row.is_null(3)) c.total_quantity = small(row, 3);
  c.issued_quantity = small(row, 4);
  c.discount_amount = small(row, 5);
  c.min_available_amount = small(row, 6);
  c.window = {date_from(row.text(7)), date_from(row.text(8))};
  c.paused = row.integer(9) != 0;
  c.epoch = row.integer(10);
  c.config_version = row.integer(11);
  c.date_created = date_from(row.text(12));
  c.date_updated = date_from(row.text(13));
  const std::optional<restock_rule> restock = restock_rule_from(row.text(14));
  if (!restock) throw std::runtime_error("the database holds \"" + std::string(row.text(14)) + "\" as a restock rule");
  c.restock = *restock;
  c.returned_quantity = small(row, 15);
  c.gone_quantity = small(row, 16);
  return c;
}

issue_record issue_from(const sql::mysql_rows& row, unsigned first) {
  issue_record record;
  record.coupon = coupon_id{row.integer(first)};
  record.user = user_id{row.integer(first + 1)};
  record.sequence = small(row, first + 2);
  record.date_issued = date_from(row.text(first + 3));
  if (!row.is_null(first + 4)) record.date_used = date_from(row.text(first + 4));
  if (!row.is_null(first + 5)) record.date_returned = date_from(row.text(first + 5));
  record.status = record.date_returned ? issue_status::returned
                  : record.date_used   ? issue_status::used
                                       : issue_status::issued;
  return record;
}

queue_cursor cursor_from(const sql::mysql_rows& row, unsigned first) {
  queue_cursor cursor;
  cursor.epoch = row.integer(first);
  cursor.run_id = row.text(first + 1);
  cursor.last_id = row.text(first + 2);
  cursor.last_sequence = small(row, first + 3);
  return cursor;
}

dead_letter dead_letter_from(const sql::mysql_rows& row) {
  dead_letter letter;
  letter.id = row.integer(0);
  letter.coupon = coupon_id{row.integer(1)};
  letter.sequence = small(row, 2);
  if (!row.is_null(3)) letter.user = user_id{row.integer(3)};
  letter.admitted_at = date_from(row.text(4));
  letter.reason = row.text(5);
  return letter;
}

}  // namespace firstcome::ledger
