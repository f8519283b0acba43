#include "issuing/distributed/backlog.hpp"

#include <algorithm>

namespace firstcome::issuing {

result<coupon_backlog> backlog_of(stores& use, coupon_id id) {
  const result<coupon> row = use.ledger->find_coupon(id);
  if (!row) return row.error();
  const std::optional<gate::gate_status> status = use.gate->status(id);
  const std::optional<ledger::queue_cursor> cursor = use.ledger->cursor_of(id);
  if (!status || !cursor) return errc::unavailable;
  coupon_backlog seen{.moved = cursor->last_sequence};
  if (!status->retired) {
    if (!status->confirmed() || status->epoch != cursor->epoch) return errc::unavailable;
    seen.waiting = std::max(0, status->size - cursor->last_sequence);
  }
  seen.dead_letters = static_cast<int>(use.ledger->dead_letters(id, 0, page_limit_max).size());
  return seen;
}

dead_letter_page open_letters(stores& use, std::optional<coupon_id> coupon, std::optional<std::int64_t> after,
                              int limit) {
  dead_letter_page page;
  for (dead_letter& one : use.ledger->dead_letters(coupon, after.value_or(0), limit + 1)) {
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(std::move(one));
  }
  return page;
}

}  // namespace firstcome::issuing
