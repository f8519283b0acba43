#include "sim/sim_coupon_lock.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace firstcome::testing {

sim_coupon_lock::sim_coupon_lock(sim_ledger_store& store, coupon_id coupon, int node)
    : store_(store),
      coupon_(coupon),
      node_(node),
      commits_seen_(store.commits_[coupon]),
      ticket_(++store.last_ticket_),
      working_(store.of(coupon)) {
  if (!store_.lock_holders_.emplace(sim_ledger_store::lock_name{coupon_, node_}, ticket_).second)
    throw std::logic_error("the lock is held");
}

sim_coupon_lock::~sim_coupon_lock() {
  if (held()) store_.end_lock(coupon_, node_);
}

bool sim_coupon_lock::held() const {
  return store_.holds(coupon_, node_, ticket_);
}

/// Somebody committed to the coupon, or to an issue that was stepped here: at another node, since it is locked here.
bool sim_coupon_lock::overtaken() const {
  if (store_.commits_[coupon_] != commits_seen_) return true;
  const sim_coupon_rows& stored = store_.data_.coupons.at(coupon_);
  return std::any_of(stepped_.begin(), stepped_.end(), [&](const auto& one) {
    const auto place = stored.places.find(one.first);
    return place != stored.places.end() && stored.issues.at(place->second).record != one.second;
  });
}

void sim_coupon_lock::lose() {
  store_.end_lock(coupon_, node_);
  throw ledger::transaction_conflict("another transaction was first");
}

void sim_coupon_lock::must_be_held() {
  if (!held()) throw store_unavailable("the lock on the coupon is lost");
  if (store_.hears_early && overtaken() && store_.hears_early()) lose();
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
  if (!stepped_.contains(user)) {
    see_row(user);
    const auto place = working_.places.find(user);
    stepped_[user] = place == working_.places.end() ? issue_record{} : working_.issues.at(place->second).record;
  }
  auto& locks = store_.locked_rows_[{coupon_, node_}];
  if (std::exchange(locks.ticket, ticket_) != ticket_) locks.users.clear();
  locks.users.insert(user);
  std::optional<operator_action> action;
  const result<issue_record> taken = store_.step_of(working_, user, step, now, by, action);
  if (action) note(*action);
  return taken;
}

void sim_coupon_lock::set_cursor(const ledger::queue_cursor& to) {
  must_be_held();
  const std::string before = std::exchange(working_.cursor, to).run_id;
  if (store_.missing.lineage && to.run_id.empty()) working_.cursor.run_id = before;
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
  if (outcome != ledger::append_outcome::committed) store_.end_lock(coupon_, node_);  // rolled back
  return outcome;
}

void sim_coupon_lock::commit() {
  must_be_held();
  if (overtaken()) lose();
  sim_coupon_rows& stored = store_.data_.coupons.at(coupon_);
  for (const auto& [user, sequence] : stored.places)  // what others did to issues meanwhile
    if (working_.issues.contains(sequence) && !stepped_.contains(user)) see_row(user);
  stored = std::move(working_);
  working_ = stored;
  for (const operator_action& action : std::exchange(actions_, {})) store_.note(action);
  store_.end_lock(coupon_, node_);
  store_.committed(coupon_);
}

}  // namespace firstcome::testing
