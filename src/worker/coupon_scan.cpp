#include "worker/coupon_scan.hpp"

#include "coordination/gate_look.hpp"

namespace firstcome::worker {

bool retired_coupons::knows(const ledger::coupon_standing& one) const {
  const std::lock_guard locked(lock_);
  const auto found = known_.find(one.coupon);
  return found != known_.end() && found->second.config_version == one.config_version &&
         found->second.epoch == one.cursor.epoch;
}

void retired_coupons::remember(const ledger::coupon_standing& one) {
  const std::lock_guard locked(lock_);
  known_[one.coupon] = {one.config_version, one.cursor.epoch};
}

void retired_coupons::forget_all() {
  const std::lock_guard locked(lock_);
  known_.clear();
}

/// The ledger was read first: when the gate holds no more than that, nothing waited at that instant.
standing_state classify(const ledger::coupon_standing& one, const std::optional<gate::gate_status>& gate) {
  if (coordination::why_unfit(gate, one.cursor, one.config_version)) return standing_state::needs_a_look;
  if (gate->retired) return standing_state::retired;
  if (gate->size != one.cursor.last_sequence || gate->issued != one.cursor.last_sequence)
    return standing_state::needs_a_look;
  return standing_state::settled;
}

coupon_scan::page coupon_scan::read(schedule::work which, coupon_id after, timestamp now) {
  const bool live = which == schedule::work::live_scan;
  const auto range = live ? ledger::standing_range::ending_after : ledger::standing_range::ended_by;
  std::vector<ledger::coupon_standing> rows =
      ledger_.standings(range, now - options_.live_after_end, after, options_.page_coupons);
  page read;
  if (rows.size() == static_cast<std::size_t>(options_.page_coupons)) read.last = rows.back().coupon;
  std::erase_if(rows, [&](const ledger::coupon_standing& one) { return retired_.knows(one); });

  std::vector<gate::gate_name> names;
  for (const ledger::coupon_standing& one : rows) names.push_back({one.coupon, one.cursor.epoch});
  // Redis is asked with a script of ours though there is nobody: or a worker would call itself ready and move nothing.
  if (names.empty()) gate_.status(coupon_id{id_min});
  const std::vector<std::optional<gate::gate_status>> gates = gate_.statuses(names);
  for (std::size_t n = 0; n < rows.size(); ++n) read.coupons.push_back(compare(rows[n], gates[n], now));
  return read;
}

coupon_scan::seen coupon_scan::compare(const ledger::coupon_standing& one, const std::optional<gate::gate_status>& gate,
                                       timestamp now) {
  const standing_state is = classify(one, gate);
  seen what{.coupon = one.coupon, .needs_a_look = is == standing_state::needs_a_look};
  if (is == standing_state::retired) retired_.remember(one);
  if (is == standing_state::settled && options_.retention != std::chrono::hours(0))
    what.needs_a_look = one.end + options_.retention <= now;  // whoever looks after it retires it
  if (gate && gate->confirmed() && gate->size > one.cursor.last_sequence)
    what.behind = static_cast<std::size_t>(gate->size - one.cursor.last_sequence);
  return what;
}

void enter(schedule& into, schedule::work which, const coupon_scan::page& page, monotonic now) {
  const bool live = which == schedule::work::live_scan;
  for (const coupon_scan::seen& one : page.coupons) {
    if (!one.needs_a_look) continue;
    if (live)
      into.wake(one.coupon, now);
    else
      into.find(one.coupon);
  }
  into.scanned(which, page.last, now);
}

}  // namespace firstcome::worker
