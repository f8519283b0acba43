#include "sim/history/operator_log.hpp"

#include <algorithm>

namespace firstcome::sim {

void operator_log::answered(change& one, const result<coupon>& said) {
  one.done = true;
  one.refused = !said && said.error() != errc::unavailable;
  if (said) one.answered = time_.now();
  lines_.note("operator", said ? "hears that it is done" : said.error().message());
}

bool operator_log::waits() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const change& one) { return !one.done && one.at.lives(one.of_life); });
}

void operator_log::add_to(auditor::assumptions& to) const {
  for (const change& one : all_) {
    if (one.refused) continue;
    const auto asked = nanoseconds(one.what.at);
    const auto heard = one.answered == instant::max() ? auditor::never : nanoseconds(one.answered);
    if (one.what.what == event::set_total)
      to.quantity_changes.push_back({asked, heard, static_cast<std::int32_t>(one.what.amount)});
    else if (one.what.what == event::move_end)
      to.window_changes.push_back({asked, heard});
    else
      to.pauses.push_back({asked, heard, one.what.what == event::pause});
  }
}

coupon_change change_of(const item& one, const plan& p, instant now) {
  coupon_change what;
  switch (one.what) {
    case event::set_total:
      what.total_quantity = static_cast<std::int32_t>(one.amount);
      break;
    case event::pause:
    case event::resume:
      what.paused = one.what == event::pause;
      break;
    default:
      what.end = first_day + std::max(now + microseconds(one.amount), p.window_start + 1ms);
  }
  return what;
}

}  // namespace firstcome::sim
