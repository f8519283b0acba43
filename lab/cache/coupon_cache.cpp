#include "lab/cache/coupon_cache.hpp"

namespace firstcome::issuing {

coupon_state cached_coupon::state(timestamp now) const {
  const coupon_state by_the_books = state_of(*what, now);
  return by_the_books == coupon_state::open && gone ? coupon_state::sold_out : by_the_books;
}

cached_coupon coupon_cache::get(coupon_id id, coupon_sources& from) {
  std::unique_lock locked(lock_);
  for (;;) {
    const entry* known = find(id, clock_.monotonic_now());
    if (known != nullptr && !wants_refresh(known->value)) return known->value;
    if (const auto under_way = flights_.find(id); under_way != flights_.end()) {
      const std::shared_ptr<flight> other = under_way->second;
      other->landed.wait(locked, [&] { return other->done; });
    } else if (const auto brought = fly(id, from, locked)) {
      return *brought;
    }
  }
}

/// Loads alone. Nothing: it was changed meanwhile.
std::optional<cached_coupon> coupon_cache::fly(coupon_id id, coupon_sources& from,
                                               std::unique_lock<std::mutex>& locked) {
  const auto mine = std::make_shared<flight>();
  flights_[id] = mine;
  const entry* known = find(id, clock_.monotonic_now());
  const std::optional<cached_coupon> before = known != nullptr ? std::optional(known->value) : std::nullopt;
  const auto land = [&] {
    if (!locked.owns_lock()) locked.lock();
    flights_.erase(id);
    mine->done = true;
    mine->landed.notify_all();
  };
  locked.unlock();
  std::optional<cached_coupon> brought;
  try {
    brought = fetch(id, before, from);
    locked.lock();
    const bool outdated = mine->outdated;
    if (!outdated) keep(id, *brought);
    locked.unlock();
    if (outdated) {
      from.unshare(id);  // what was just shared may be the old one
      brought.reset();
    }
  } catch (...) {
    land();
    throw;
  }
  land();
  return brought;
}

cached_coupon coupon_cache::fetch(coupon_id id, const std::optional<cached_coupon>& before,
                                  coupon_sources& from) const {
  if (before) return refreshed(id, before, from);
  const std::optional<cached_coupon> shared = from.find_shared(id);
  if (shared && !wants_refresh(*shared)) return *shared;
  return refreshed(id, shared, from);
}

cached_coupon coupon_cache::refreshed(coupon_id id, const std::optional<cached_coupon>& before,
                                      coupon_sources& from) const {
  cached_coupon value{.what = from.load(id)};
  if (!value.what) return value;
  // The books may lag behind the gate: they do not say that what is gone is there again, but a new quantity does.
  value.gone = before && before->what && before->gone && before->what->total_quantity == value.what->total_quantity;
  value.refreshed_as = value.state(clock_.now());
  from.share(id, value);
  return value;
}

bool coupon_cache::wants_refresh(const cached_coupon& value) const {
  if (!value.what) return false;
  const coupon_state state = value.state(clock_.now());
  return state != coupon_state::open && state != value.refreshed_as;
}

void coupon_cache::note_gone(coupon_id id, std::optional<std::int32_t> total_quantity) {
  const std::lock_guard locked(lock_);
  entry* known = find(id, clock_.monotonic_now());
  if (known != nullptr && known->value.what && known->value.what->total_quantity == total_quantity)
    known->value.gone = true;
}

void coupon_cache::drop(coupon_id id) {
  const std::lock_guard locked(lock_);
  if (const auto under_way = flights_.find(id); under_way != flights_.end()) under_way->second->outdated = true;
  erase(id);
}

void coupon_cache::drop_all() {
  const std::lock_guard locked(lock_);
  for (auto& [id, under_way] : flights_) under_way->outdated = true;
  by_id_.clear();
  entries_.clear();
}

std::size_t coupon_cache::size() const {
  const std::lock_guard locked(lock_);
  return entries_.size();
}

/// Null: it is not there, or its time is over.
coupon_cache::entry* coupon_cache::find(coupon_id id, monotonic now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  if (found->second->good_until <= now) {
    erase(id);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

void coupon_cache::keep(coupon_id id, const cached_coupon& value) {
  erase(id);
  const auto lives = value.what ? options_.lives : options_.unknown_lives;
  entries_.push_front({.id = id, .value = value, .good_until = clock_.monotonic_now() + lives});
  by_id_[id] = entries_.begin();
  if (entries_.size() > options_.entries_max) erase(entries_.back().id);
}

void coupon_cache::erase(coupon_id id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  entries_.erase(found->second);
  by_id_.erase(found);
}

}  // namespace firstcome::issuing
