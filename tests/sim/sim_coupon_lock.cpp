#include "sim/sim_coupon_lock.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace firstcome::testing {

sim_coupon_lock::sim_coupon_lock(sim_ledger_store& store, coupon_id coupon)
    : store_(store), coupon_(coupon), ticket_(++store.last_ticket_), working_(store.of(coupon)) {
  if (!store_.lock_holders_.emplace(coupon_, ticket_).second) throw std::logic_error("the lock is held");
}

sim_coupon_lock::~sim_coupon_lock() {
  if (held()) store_.lock_holders_.erase(coupon_);
}

bool sim_coupon_lock::held() const {
  return store_.locked(coupon_, ticket_);
}

void sim_coupon_lock::must_be_held() const {
  if (!held()) throw store_unavailable("the lock on the coupon is lost");
}

void sim_coupon_lock::store(const coupon& changed, timestamp now, const actor& by) {
  must_be_held();
  if (by.works_here()) note(change_of(working_.row, changed, by, now));
  coupon& row = working_.row;
  row.title = changed.title;
  row.total_quantity = changed.total_quantity;
  row.window = changed.window;
  row.paused = changed.paused;
  row.restock = changed.restock;
  row.epoch = changed.epoch;
  row.config_version = changed.config_version;
  row.date_updated = now;
}

/// As it is now: using an issue needs no lock of the coupon.
void sim_coupon_lock::see_row(user_id user) {
  const sim_coupon_rows& stored = store_.data_.coupons.at(coupon_);
  const auto place = stored.places.find(user);
  if (place != stored.places.end() && working_.issues.contains(place->second))
    working_.issues.at(place->second) = stored.issues.at(place->second);
}

result<issue_record> sim_coupon_lock::take_step(user_id user, const issue_step& step, timestamp now, const actor& by) {
  must_be_held();
  if (stepped_.insert(user).second) see_row(user);
  auto& locks = store_.locked_rows_[coupon_];
  if (std::exchange(locks.ticket, ticket_) != ticket_) locks.users.clear();
  locks.users.insert(user);
  std::optional<operator_action> action;
  const result<issue_record> taken = store_.step_of(working_, user, step, now, by, action);
  if (action) note(*action);
  return taken;
}

void sim_coupon_lock::set_cursor(const ledger::queue_cursor& to) {
  must_be_held();
  working_.cursor = to;
}

void sim_coupon_lock::note(const operator_action& action) {
  must_be_held();
  actions_.push_back(action);
}

void sim_coupon_lock::recount() {
  must_be_held();
  const auto live = std::count_if(working_.issues.begin(), working_.issues.end(),
                                  [](const auto& one) { return !one.second.record.date_returned; });
  working_.row.issued_quantity = static_cast<std::int32_t>(live);
}

ledger::append_outcome sim_coupon_lock::append(std::span<const ledger::new_issue> rows,
                                               std::span<const dead_letter> dead) {
  must_be_held();
  const ledger::append_outcome outcome = store_.insert(working_, rows, dead);
  if (outcome != ledger::append_outcome::committed) store_.lock_holders_.erase(coupon_);  // rolled back
  return outcome;
}

void sim_coupon_lock::commit() {
  must_be_held();
  sim_coupon_rows& stored = store_.data_.coupons.at(coupon_);
  for (const auto& [user, sequence] : stored.places)  // what others did to issues meanwhile
    if (working_.issues.contains(sequence) && !stepped_.contains(user)) see_row(user);
  stored = std::move(working_);
  working_ = stored;
  for (const operator_action& action : std::exchange(actions_, {})) store_.note(action);
  store_.lock_holders_.erase(coupon_);
  store_.committed(coupon_);
}

}  // namespace firstcome::testing
