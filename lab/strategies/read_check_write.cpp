#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {

issue_record record_of(coupon_id coupon, user_id user, issue_status status, timestamp issued_at) {
  return {.coupon = coupon, .user = user, .sequence = 0, .status = status, .date_issued = issued_at, .date_used = {}};
}

issue_decision check_but_quantity(const coupon& c, user_id user, std::optional<timestamp> issued_at, timestamp now) {
  if (issued_at)
    return {.what = verdict::already_issued, .record = record_of(c.id, user, issue_status::issued, *issued_at)};
  if (c.window.not_started_at(now)) return {.what = verdict::not_started, .window_start = c.window.start};
  if (c.window.ended_at(now)) return {.what = verdict::ended};
  return {.what = verdict::admitted};
}

issue_decision read_check_write(shared_parts& shared, original_tables& tables, coupon_id id, user_id user,
                                original_tables::read how) {
  const std::optional<coupon> found = tables.find(id, how);
  if (!found) return {.what = verdict::coupon_not_found};
  const timestamp now = to_whole_milliseconds(shared.clock.now());
  issue_decision said = check_but_quantity(*found, user, tables.date_issued(id, user), now);
  if (said.what != verdict::admitted) return said;
  if (found->total_quantity && found->issued_quantity >= *found->total_quantity) return {.what = verdict::sold_out};

  shared.think();
  tables.insert_issue(id, user, now);
  tables.store_issued_quantity(id, found->issued_quantity + 1, now);
  said.record = record_of(id, user, issue_status::issued, now);
  return said;
}

}  // namespace firstcome::issuing
