#include "api/backlog_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

#include "runtime/log.hpp"

namespace firstcome::api {

std::optional<backlog_watch::seen> backlog_watch::ask(coupon_id id, const boost::asio::any_io_executor& on) {
  std::optional<seen> known;
  {
    const std::lock_guard hold(lock_);
    const monotonic now = clock_.monotonic_now();
    const auto found = entries_.find(raw(id));
    if (found != entries_.end()) {
      known = found->second.known;
      if (found->second.being_looked_at || now - found->second.asked_at < fresh_for) return known;
    }
    if (looks_ >= looks_max) return known;
    if (found == entries_.end()) make_room();
    entry& one = entries_[raw(id)];
    one.asked_at = now;
    one.being_looked_at = true;
    ++looks_;
  }
  boost::asio::co_spawn(on, look(id), boost::asio::detached);
  return known;
}

boost::asio::awaitable<void> backlog_watch::look(coupon_id id) {
  result<coupon_backlog> found = errc::unavailable;
  try {
    found = co_await coupons_.backlog(id, runtime::deadline::after(look_max));
  } catch (const std::exception& e) {
    runtime::log::error(std::string("a look at a backlog failed: ") + e.what());
  }
  note(id, found);
}

/// A look that failed leaves the figures as they were: their age says it.
void backlog_watch::note(coupon_id id, const result<coupon_backlog>& found) {
  const std::lock_guard hold(lock_);
  --looks_;
  entry& one = entries_[raw(id)];
  one.being_looked_at = false;
  if (found) one.known = seen{*found, clock_.monotonic_now()};
}

void backlog_watch::make_room() {
  if (entries_.size() < coupons_max) return;
  const auto rank = [](const auto& one) { return std::pair(one.second.being_looked_at, one.second.asked_at); };
  entries_.erase(std::ranges::min_element(entries_, {}, rank));
}

}  // namespace firstcome::api
