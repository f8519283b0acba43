#include "ledger/sqlite/writer.hpp"

#include <algorithm>
#include <thread>

#include "ledger/sqlite/rows.hpp"
#include "ledger/sqlite/schema.hpp"
#include "runtime/test_switch.hpp"

namespace firstcome::ledger {
namespace {

// How far past its bound the WAL may grow before readers are held back: those that come and go leave a gap sooner.
constexpr std::int64_t held_back_factor = 2;

int remember_wal_pages(void* to, sqlite3*, const char*, int pages) {
  *static_cast<std::int64_t*>(to) = pages;
  return SQLITE_OK;
}

}  // namespace

sqlite_writer::sqlite_writer(sql::connection db, const sqlite_ledger_options& options,
                             std::shared_ptr<checkpoint_barrier> readers)
    : db_(std::move(db)),
      readers_(std::move(readers)),
      begin_(db_.handle(), "BEGIN IMMEDIATE"),
      commit_(db_.handle(), "COMMIT"),
      insert_issue_(db_.handle(), "INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (?1, ?2, ?3)"),
      raise_issued_(db_.handle(),
                    "UPDATE coupons SET issued_quantity = issued_quantity + ?2"
                    " WHERE id = ?1 AND issued_quantity + returned_quantity + gone_quantity + ?2 = ?3"
                    " AND (total_quantity IS NULL OR issued_quantity + gone_quantity + ?2 <= total_quantity)"),
      insert_coupon_(db_.handle(), std::string("INSERT INTO coupons (") + coupon_columns +
                                       ") VALUES (NULL, ?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, 0, 1, 1, ?8, ?8, ?9, 0, 0)"),
      update_coupon_(db_.handle(),
                     "UPDATE coupons SET title = ?2, total_quantity = ?3, date_issue_start = ?4, date_issue_end = ?5,"
                     " paused = ?6, config_version = ?7, date_updated = ?8, restock = ?9 WHERE id = ?1"),
      select_coupon_(db_.handle(), std::string("SELECT ") + coupon_columns + " FROM coupons WHERE id = ?1"),
      select_issue_(db_.handle(), std::string("SELECT ") + issue_columns +
                                      ", order_id, (SELECT min_available_amount FROM coupons WHERE id = ?2)"
                                      " FROM coupon_issues WHERE user_id = ?1 AND coupon_id = ?2"),
      update_issue_(db_.handle(),
                    "UPDATE coupon_issues SET date_used = ?2, order_id = ?3, date_returned = ?4, return_reason = ?5"
                    " WHERE id = ?1"),
      move_counts_(db_.handle(),
                   "UPDATE coupons SET issued_quantity = issued_quantity - 1,"
                   " returned_quantity = returned_quantity + (restock = 'pool'),"
                   " gone_quantity = gone_quantity + (restock = 'none') WHERE id = ?1"),
      trail_(db_),
      keys_(db_),
      commit_delay_(runtime::test_switch("FIRSTCOME_TEST_COMMIT_DELAY_MS", 0)),
      wal_pages_(std::make_unique<std::int64_t>(0)) {
  db_.execute("PRAGMA cache_size = -" + std::to_string(options.page_cache_bytes >> 10));
  const std::int64_t page_size = db_.integer("PRAGMA page_size");
  wal_pages_max_ = options.wal_bytes_max / page_size;
  wal_pages_idle_ = options.wal_bytes_idle / page_size;
  sqlite3_wal_hook(db_.handle(), remember_wal_pages, wal_pages_.get());
  checkpoint();  // what the last run left, so that this one begins with an empty WAL
}

template <class Work>
bool sqlite_writer::in_transaction(Work work) {
  try {
    begin_.run();
    work();
    commit_.run();
    return true;
  } catch (const sql::sqlite_error& cause) {
    roll_back_after(cause);
    return false;
  }
}

void sqlite_writer::roll_back_after(const sql::sqlite_error& cause) {
  // A full disk may already have rolled back by itself; a second ROLLBACK would then be an error of its own.
  if (db_.in_transaction()) {
    try {
      db_.execute("ROLLBACK");
    } catch (const sql::sqlite_error& second) {
      throw ledger_broken(std::string(cause.what()) + "; and then " + second.what());
    }
  }
  if (!is_passing(cause)) throw ledger_broken(cause.what());
}

void sqlite_writer::contradicts(const std::string& what) {
  db_.execute("ROLLBACK");
  throw ledger_broken(what);
}

commit_outcome sqlite_writer::commit(std::span<const new_issue> rows) {
  if (commit_delay_.count() > 0) std::this_thread::sleep_for(commit_delay_);
  return in_transaction([&] { insert(rows); }) ? commit_outcome::committed : commit_outcome::rolled_back;
}

void sqlite_writer::insert(std::span<const new_issue> rows) {
  // A batch is nearly always of one coupon; where it is of several, each run of one coupon raises its own count.
  for (std::size_t i = 0; i < rows.size();) {
    const coupon_id coupon = rows[i].coupon;
    if (!sqlite_schema::can_hold(coupon)) contradicts("there can be no coupon " + std::to_string(raw(coupon)));
    std::size_t end = i;
    for (; end < rows.size() && rows[end].coupon == coupon; ++end) {
      const new_issue& row = rows[end];
      insert_issue_.bind(1, sqlite_schema::issue_row_id(coupon, row.sequence))
          .bind(2, raw(row.user))
          .bind(3, to_microseconds(row.date_issued))
          .run();
    }
    raise_issued_quantity(coupon, static_cast<std::int64_t>(end - i), rows[end - 1].sequence);
    i = end;
  }
}

void sqlite_writer::raise_issued_quantity(coupon_id coupon, std::int64_t by, sequence_number last) {
  raise_issued_.bind(1, raw(coupon)).bind(2, by).bind(3, last).run();
  if (sqlite3_changes(db_.handle()) == 1) return;
  contradicts("coupon " + std::to_string(raw(coupon)) + " cannot take " + std::to_string(by) +
              " more issues up to sequence " + std::to_string(last) +
              ": it is missing, has another issued_quantity, or would exceed its total_quantity");
}

std::optional<coupon> sqlite_writer::find_coupon(coupon_id id) {
  sql::reset_at_end at_end(select_coupon_);
  if (!select_coupon_.bind(1, raw(id)).step()) return std::nullopt;
  return coupon_from(select_coupon_);
}

coupon sqlite_writer::read_coupon(coupon_id id) {
  std::optional<coupon> found = find_coupon(id);
  if (!found) contradicts("coupon " + std::to_string(raw(id)) + " cannot be read back");
  return *std::move(found);
}

result<coupon> sqlite_writer::create(const coupon_draft& draft, timestamp now, const actor& by,
                                     const std::optional<idempotency_key>& key) {
  result<coupon> answer = errc::overloaded;
  const bool done = in_transaction([&] { answer = create_within(draft, now, by, key); });
  if (!done) return errc::overloaded;
  return answer;
}

result<coupon> sqlite_writer::create_within(const coupon_draft& draft, timestamp now, const actor& by,
                                            const std::optional<idempotency_key>& key) {
  if (key) {
    if (const auto earlier = keys_.find(key->key, now)) {
      if (earlier->fingerprint != key->fingerprint) return errc::idempotency_key_reused;
      return read_coupon(earlier->coupon);
    }
  }
  coupon made = insert(draft, now);
  if (key) keys_.keep(*key, made.id, now);
  if (by.works_here()) trail_.note(creation_of(made, by, now));
  return made;
}

coupon sqlite_writer::insert(const coupon_draft& draft, timestamp now) {
  insert_coupon_.bind(1, draft.title).bind(2, draft.coupon_type);
  draft.total_quantity ? insert_coupon_.bind(3, *draft.total_quantity) : insert_coupon_.bind_null(3);
  insert_coupon_.bind(4, draft.discount_amount)
      .bind(5, draft.min_available_amount)
      .bind(6, to_microseconds(draft.window.start))
      .bind(7, to_microseconds(draft.window.end))
      .bind(8, to_microseconds(now))
      .bind(9, std::string_view(to_string(draft.restock)))
      .run();
  return read_coupon(coupon_id{sqlite3_last_insert_rowid(db_.handle())});
}

result<coupon> sqlite_writer::store(const coupon& changed, timestamp now, const actor& by) {
  result<coupon> answer = errc::overloaded;
  const bool done = in_transaction([&] { answer = store_within(changed, now, by); });
  if (!done) return errc::overloaded;
  return answer;
}

result<coupon> sqlite_writer::store_within(const coupon& changed, timestamp now, const actor& by) {
  const std::optional<coupon> before = find_coupon(changed.id);
  if (!before) return errc::coupon_not_found;
  update_coupon_.bind(1, raw(changed.id)).bind(2, changed.title);
  changed.total_quantity ? update_coupon_.bind(3, *changed.total_quantity) : update_coupon_.bind_null(3);
  update_coupon_.bind(4, to_microseconds(changed.window.start))
      .bind(5, to_microseconds(changed.window.end))
      .bind(6, std::int64_t{changed.paused})
      .bind(7, changed.config_version)
      .bind(8, to_microseconds(now))
      .bind(9, std::string_view(to_string(changed.restock)))
      .run();
  coupon stored = read_coupon(changed.id);
  if (by.works_here()) trail_.note(change_of(*before, stored, by, now));
  return stored;
}

result<issue_record> sqlite_writer::take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                              const actor& by) {
  result<issue_record> answer = errc::issue_not_found;
  const bool done = in_transaction([&] { answer = step_within(coupon, user, step, now, by); });
  if (!done) return errc::overloaded;
  return answer;
}

std::vector<result<issue_record>> sqlite_writer::take_steps(std::span<const step_request> requests) {
  std::vector<result<issue_record>> answers;
  const bool done = in_transaction([&] {
    for (const step_request& one : requests)
      answers.push_back(step_within(one.coupon, one.user, one.step, one.at, one.by));
  });
  if (!done) answers.assign(requests.size(), errc::overloaded);
  return answers;
}

result<issue_record> sqlite_writer::step_within(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                                const actor& by) {
  sql::reset_at_end at_end(select_issue_);
  if (!select_issue_.bind(1, raw(user)).bind(2, raw(coupon)).step()) return errc::issue_not_found;
  const stored_issue before{issue_from(select_issue_), select_issue_.text(5)};
  const auto minimum = static_cast<std::int32_t>(select_issue_.integer(6));
  const result<issue_after_step> after = after_step(before, step, minimum, now);
  if (!after) return after.error();
  const issue_record& record = after->issue.record;
  if (!after->changed) return record;

  const auto date_or_null = [this](int parameter, const std::optional<timestamp>& date) {
    date ? update_issue_.bind(parameter, to_microseconds(*date)) : update_issue_.bind_null(parameter);
  };
  const auto text_or_null = [this](int parameter, const std::string& text) {
    text.empty() ? update_issue_.bind_null(parameter) : update_issue_.bind(parameter, text);
  };
  const auto* given_back = std::get_if<return_step>(&step);
  update_issue_.bind(1, sqlite_schema::issue_row_id(coupon, record.sequence));
  date_or_null(2, record.date_used);
  text_or_null(3, after->issue.order_id);
  date_or_null(4, record.date_returned);
  text_or_null(5, given_back != nullptr ? given_back->reason : std::string());
  update_issue_.run();
  if (given_back != nullptr) move_counts_after_return(coupon);
  if (const auto action = step_action_of(before, after->issue, step, by, now)) trail_.note(*action);
  return record;
}

void sqlite_writer::move_counts_after_return(coupon_id coupon) {
  move_counts_.bind(1, raw(coupon)).run();
  if (sqlite3_changes(db_.handle()) != 1)
    contradicts("coupon " + std::to_string(raw(coupon)) + " has an issue, and does not exist");
}

void sqlite_writer::checkpoint_if_due(bool idle) {
  if (*wal_pages_ < wal_pages_tried_) wal_pages_tried_ = 0;
  const bool worth_it = *wal_pages_ - wal_pages_tried_ >= wal_pages_idle_;
  if (!wal_is_long() && !(idle && worth_it)) return;
  checkpoint_barrier::closed held;
  if (*wal_pages_ >= held_back_factor * wal_pages_max_) held = readers_->close();
  checkpoint();
}

bool sqlite_writer::wal_is_long() const {
  // Where a reader kept the WAL from starting over, not every commit pays for one more try.
  return *wal_pages_ >= std::max(wal_pages_max_, wal_pages_tried_ + wal_pages_max_ / 8);
}

void sqlite_writer::checkpoint() {
  int in_wal = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_wal, &copied);
  // A full disk only delays: everything is still in the WAL. So does a reader in the middle of an old page.
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_FULL && (code & 0xff) != SQLITE_BUSY) {
    throw ledger_broken(std::string("checkpoint: ") + sqlite3_errmsg(db_.handle()) + " (SQLite code " +
                        std::to_string(code) + ")");
  }
  wal_pages_tried_ = *wal_pages_;
}

}  // namespace firstcome::ledger
