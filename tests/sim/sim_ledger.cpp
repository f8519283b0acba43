#include "sim/sim_ledger.hpp"

#include <algorithm>
#include <stdexcept>

#include "domain/discard.hpp"
#include "ledger/mysql/append_plan.hpp"
#include "sim/sim_coupon_lock.hpp"

namespace firstcome::testing {

using ledger::append_outcome;

// The server.

void sim_ledger_store::restore(data older) {
  data_ = std::move(older);
  break_sessions();
}

void sim_ledger_store::break_sessions() {
  lock_holders_.clear();
  ++generation_;
}

bool sim_ledger_store::refuses(std::span<const ledger::new_issue> rows) const {
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return refused_.contains(row.user); });
}

append_outcome sim_ledger_store::insert(sim_coupon_rows& coupon, std::span<const ledger::new_issue> rows,
                                        std::span<const dead_letter> dead) {
  if (refuses(rows)) return append_outcome::refused;
  std::vector<ledger::taken_place> taken;
  for (const auto& [sequence, issue] : coupon.issues) taken.push_back({sequence, issue.record.user});
  for (const auto& [id, letter] : coupon.dead_letters) taken.push_back({letter.sequence, letter.user});
  if (missing.unique) taken.clear();
  const auto plan = ledger::plan_append(rows, dead, taken);
  if (!plan) return append_outcome::conflict;

  const auto issued = static_cast<std::int64_t>(coupon.row.issued_quantity + plan->rows.size());
  const auto& total = coupon.row.total_quantity;
  if (total && !missing.total &&
      (issued + coupon.row.gone_quantity > *total ||
       ledger::last_sequence_of(rows, dead) > *coupon.row.sequence_limit()))
    return append_outcome::over_total;

  for (const ledger::new_issue& row : plan->rows) {
    const issue_record record{row.coupon, row.user, row.sequence, issue_status::issued, row.date_issued, std::nullopt};
    coupon.issues[row.sequence] = {++data_.last_id, record};
    coupon.places[row.user] = row.sequence;
  }
  for (dead_letter letter : plan->dead) {
    letter.id = ++data_.last_id;
    coupon.dead_letters[letter.id] = letter;
  }
  coupon.row.issued_quantity = static_cast<std::int32_t>(issued) + (missing.count ? 1 : 0);
  return append_outcome::committed;
}

result<issue_record> sim_ledger_store::step_of(sim_coupon_rows& rows, user_id user, const issue_step& step,
                                               timestamp now, const actor& by,
                                               std::optional<operator_action>& action) const {
  if (!rows.places.contains(user)) return errc::issue_not_found;
  sim_issue& issue = rows.issues.at(rows.places.at(user));
  if (missing.used && !std::holds_alternative<undo_use_step>(step)) issue.record.date_used.reset();
  if (missing.order && std::holds_alternative<use_step>(step)) issue.order_id.clear();
  const result<issue_after_step> after =
      after_step({issue.record, issue.order_id}, step, rows.row.min_available_amount, now);
  if (!after) return after.error();
  if (after->changed && std::holds_alternative<return_step>(step)) {
    coupon counted = rows.row;
    if (missing.pool) counted.restock = restock_rule::none;
    counted = with_return(counted);
    if (missing.once && counted.restock == restock_rule::pool) ++counted.returned_quantity;
    counted.restock = rows.row.restock;
    rows.row = counted;
  }
  if (after->changed) action = step_action_of({issue.record, issue.order_id}, after->issue, step, by, now);
  issue.record = after->issue.record;
  issue.order_id = after->issue.order_id;
  return issue.record;
}

// A session.

/// The first call over a connection that broke fails; the next one is made over a new connection.
void sim_ledger::connect() {
  if (generation_ == store_.generation_) return;
  generation_ = store_.generation_;
  throw store_unavailable("the connection to the ledger broke");
}

sim_coupon_rows* sim_ledger::find(coupon_id coupon) {
  connect();
  const auto found = store_.data_.coupons.find(coupon);
  return found == store_.data_.coupons.end() ? nullptr : &found->second;
}

result<coupon> sim_ledger::create(const coupon_draft& draft, timestamp now, const actor& by,
                                  const std::optional<idempotency_key>& key) {
  connect();
  auto& keys = store_.data_.keys;
  if (key && keys.contains(key->key) && keys[key->key].date_created > now - idempotency_keys_kept) {
    if (keys[key->key].fingerprint != key->fingerprint) return errc::idempotency_key_reused;
    return store_.of(keys[key->key].coupon).row;
  }
  coupon row;
  row.id = coupon_id{++store_.data_.last_id};
  row.title = draft.title;
  row.coupon_type = draft.coupon_type;
  row.total_quantity = draft.total_quantity;
  row.discount_amount = draft.discount_amount;
  row.min_available_amount = draft.min_available_amount;
  row.window = draft.window;
  row.restock = draft.restock;
  row.epoch = 0;
  row.date_created = row.date_updated = now;
  store_.data_.coupons[row.id].row = row;
  if (key) keys[key->key] = {key->fingerprint, row.id, now};
  if (by.works_here()) store_.note(creation_of(row, by, now));
  return row;
}

result<coupon> sim_ledger::find_coupon(coupon_id id) {
  const sim_coupon_rows* rows = find(id);
  if (rows == nullptr) return errc::coupon_not_found;
  return rows->row;
}

result<issue_record> sim_ledger::find_issue(coupon_id coupon, user_id user) {
  const sim_coupon_rows* rows = find(coupon);
  if (rows == nullptr) return errc::coupon_not_found;
  if (const auto place = rows->places.find(user); place != rows->places.end())
    return rows->issues.at(place->second).record;
  for (const auto& [id, letter] : rows->dead_letters)
    if (letter.user == user)
      return issue_record{coupon, user, letter.sequence, issue_status::accepted, letter.admitted_at, std::nullopt};
  return errc::issue_not_found;
}

result<issue_record> sim_ledger::take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                           const actor& by) {
  sim_coupon_rows* rows = find(coupon);
  if (rows == nullptr) return errc::issue_not_found;
  if (store_.row_locked(coupon, node_, user)) {
    if (!store_.wait_for_lock || !store_.wait_for_lock(coupon, node_, std::nullopt))
      throw store_unavailable("the issue's row was locked for too long");
    rows = find(coupon);
    if (rows == nullptr || store_.row_locked(coupon, node_, user)) throw store_unavailable("the issue's row is locked");
  }
  if (store_.loses_at_once && store_.loses_at_once())
    throw ledger::transaction_conflict("another transaction was first");
  std::optional<operator_action> action;
  const result<issue_record> taken = store_.step_of(*rows, user, step, now, by, action);
  if (action) store_.note(*action);
  return taken;
}

std::optional<ledger::queue_cursor> sim_ledger::cursor_of(coupon_id coupon) {
  const sim_coupon_rows* rows = find(coupon);
  if (rows == nullptr) return std::nullopt;
  return rows->cursor;
}

std::vector<coupon_id> sim_ledger::coupons_ending_after(timestamp ended_after) {
  connect();
  std::vector<coupon_id> ids;
  for (const auto& [id, rows] : store_.data_.coupons)
    if (rows.row.window.end > ended_after) ids.push_back(id);
  return ids;
}

std::vector<ledger::coupon_standing> sim_ledger::standings(ledger::standing_range range, timestamp at, coupon_id after,
                                                           int limit) {
  connect();
  std::vector<ledger::coupon_standing> page;
  for (const auto& [id, rows] : store_.data_.coupons) {
    const bool live = rows.row.window.end > at;
    if (id <= after || live != (range == ledger::standing_range::ending_after)) continue;
    if (page.size() == static_cast<std::size_t>(limit)) break;
    page.push_back({id, rows.cursor, rows.row.config_version, rows.row.window.end});
  }
  return page;
}

append_outcome sim_ledger::append(coupon_id coupon, const ledger::append_batch& batch) {
  if (batch.to.epoch != batch.from.epoch || batch.to.run_id != batch.from.run_id)
    throw std::logic_error("a batch does not lead from one epoch or lineage to another");
  sim_coupon_rows* rows = find(coupon);
  if (!ledger::is_dense(coupon, batch)) return append_outcome::conflict;
  if (rows == nullptr) return append_outcome::moved;
  if (store_.locked(coupon, node_)) return append_outcome::busy;
  if (rows->cursor != batch.from) return append_outcome::moved;
  if (store_.loses_at_once && store_.loses_at_once()) return append_outcome::overtaken;
  const append_outcome outcome = store_.insert(*rows, batch.rows, batch.dead);
  if (outcome != append_outcome::committed) return outcome;
  rows->cursor = batch.to;
  store_.committed(coupon);
  return outcome;
}

append_outcome sim_ledger::probe(coupon_id coupon, std::span<const ledger::new_issue> rows) {
  const sim_coupon_rows* found = find(coupon);
  if (found == nullptr) return append_outcome::moved;
  if (store_.locked(coupon, node_)) return append_outcome::busy;
  sim_coupon_rows scratch = *found;
  return store_.insert(scratch, rows, {});
}

result<std::unique_ptr<ledger::coupon_lock>> sim_ledger::lock(coupon_id coupon, runtime::deadline wait_until) {
  if (find(coupon) == nullptr) return errc::coupon_not_found;
  while (store_.locked(coupon, node_)) {
    if (!store_.wait_for_lock || !store_.wait_for_lock(coupon, node_, wait_until)) return errc::overloaded;
    connect();
  }
  auto held = std::make_unique<sim_coupon_lock>(store_, coupon, node_);
  if (store_.on_locked) store_.on_locked(coupon, node_, held->ticket());
  return std::unique_ptr<ledger::coupon_lock>(std::move(held));
}

void sim_ledger::each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) {
  const sim_coupon_rows* rows = find(coupon);
  if (rows == nullptr) return;
  std::multimap<sequence_number, issue_record> snapshot;  // `each` may let others run
  for (const auto& [sequence, issue] : rows->issues) snapshot.emplace(sequence, issue.record);
  for (const auto& [id, letter] : rows->dead_letters)
    snapshot.emplace(letter.sequence, issue_record{coupon, letter.user.value_or(user_id{}), letter.sequence,
                                                   issue_status::accepted, letter.admitted_at, std::nullopt});
  for (const auto& [place, when] : rows->given_up)
    snapshot.emplace(place, issue_record{coupon, user_id{}, place, issue_status::accepted, when, std::nullopt, when});
  for (const auto& [sequence, record] : snapshot) each(record);
}

std::vector<dead_letter> sim_ledger::dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id, int limit) {
  connect();
  std::vector<dead_letter> letters;
  for (const auto& [of, rows] : store_.data_.coupons)
    for (const auto& [id, letter] : rows.dead_letters)
      if (id > after_id && (!coupon || of == *coupon)) letters.push_back(letter);
  std::sort(letters.begin(), letters.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  if (letters.size() > static_cast<std::size_t>(limit)) letters.resize(static_cast<std::size_t>(limit));
  return letters;
}

append_outcome sim_ledger::replay(std::int64_t dead_letter_id, std::optional<user_id> given, const actor& by,
                                  timestamp now) {
  connect();
  for (auto& [coupon, rows] : store_.data_.coupons) {
    const auto found = rows.dead_letters.find(dead_letter_id);
    if (found == rows.dead_letters.end()) continue;
    if (store_.locked(coupon, node_)) return append_outcome::busy;
    const dead_letter letter = found->second;
    const std::optional<user_id> user = letter.user ? letter.user : given;
    if (!user) return append_outcome::refused;
    if (given && given != user) return append_outcome::conflict;
    rows.dead_letters.erase(found);  // so that it does not stand in its own way
    const ledger::new_issue row{coupon, *user, letter.sequence, letter.admitted_at};
    const append_outcome outcome = store_.insert(rows, {&row, 1}, {});
    if (outcome != append_outcome::committed) rows.dead_letters[letter.id] = letter;
    if (outcome == append_outcome::committed && by.works_here())
      store_.note(replay_of(rows.issues.at(letter.sequence).record, by, now));
    store_.committed(coupon);
    return outcome;
  }
  return append_outcome::moved;
}

append_outcome sim_ledger::give_up(coupon_id coupon, sequence_number place, const std::string& why, timestamp now) {
  sim_coupon_rows* rows = find(coupon);
  if (rows == nullptr) return append_outcome::moved;
  if (store_.locked(coupon, node_)) return append_outcome::busy;
  if (place < 1 || place > rows->cursor.last_sequence || rows->given_up.contains(place)) return append_outcome::moved;
  if (rows->issues.contains(place)) return append_outcome::conflict;
  std::optional<dead_letter> open;
  for (const auto& [id, one] : rows->dead_letters)
    if (one.sequence == place) open = one;
  if (open) rows->dead_letters.erase(open->id);
  store_.note(discard_of(coupon, place, open, why, at_command_line(), now));
  rows->given_up.emplace(place, now);
  store_.committed(coupon);
  return append_outcome::committed;
}

}  // namespace firstcome::testing
