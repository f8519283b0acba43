// What the seam ledger/shared_ledger.hpp promises, for every implementation of it.

#include "contract/shared_ledger_contract.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "support/shared_ledger_rows.hpp"

namespace firstcome::testing {

using ledger::append_batch;
using ledger::append_outcome;
using ledger::coupon_lock;
using ledger::new_issue;
using ledger::queue_cursor;
using ledger::shared_ledger;
using namespace std::chrono_literals;

namespace {

constexpr coupon_id unknown_coupon{4711};

coupon_draft awkward_draft(std::optional<std::int32_t> total_quantity) {
  return {.title = "café 쿠폰 \"'\\",
          .total_quantity = total_quantity,
          .discount_amount = 1000,
          .min_available_amount = 5000,
          .window = {noon, noon + std::chrono::hours(24)}};
}

}  // namespace

coupon_id shared_ledger_contract::create(std::optional<std::int32_t> total_quantity) {
  const coupon_id id = ledger_->create(awkward_draft(total_quantity), noon).value().id;
  set_cursor(id, at(0));
  return id;
}

queue_cursor shared_ledger_contract::at(sequence_number sequence, epoch_number epoch, const std::string& run_id) {
  return {epoch, run_id, sequence == 0 ? queue::queue_start : "1700000000123-" + std::to_string(sequence), sequence};
}

std::vector<new_issue> shared_ledger_contract::rows(coupon_id coupon, sequence_number first, sequence_number last,
                                                    std::int64_t user_of_first) {
  std::vector<new_issue> all;
  for (sequence_number s = first; s <= last; ++s)
    all.push_back({coupon, user_of_first == 0 ? user_at(s) : user_id{user_of_first + (s - first)}, s,
                   noon + std::chrono::milliseconds(s)});
  return all;
}

append_batch shared_ledger_contract::batch(coupon_id coupon, sequence_number from, sequence_number to) {
  return {at(from), at(to), rows(coupon, from + 1, to), {}};
}

dead_letter shared_ledger_contract::letter(coupon_id coupon, sequence_number sequence, std::optional<user_id> user) {
  return {0, coupon, sequence, user, noon + std::chrono::milliseconds(sequence), "because"};
}

void shared_ledger_contract::set_cursor(coupon_id coupon, const queue_cursor& to) {
  const auto lock = ledger_->lock(coupon, runtime::deadline::after(10s)).value();
  lock->set_cursor(to);
  lock->commit();
}

std::vector<issue_record> shared_ledger_contract::admitted(coupon_id coupon) {
  std::vector<issue_record> all;
  ledger_->each_admitted(coupon, [&](const issue_record& record) { all.push_back(record); });
  return all;
}

std::int32_t shared_ledger_contract::issued(coupon_id coupon) {
  return ledger_->find_coupon(coupon).value().issued_quantity;
}

void shared_ledger_contract::expect_books_agree(coupon_id id) {
  const coupon row = ledger_->find_coupon(id).value();
  std::set<user_id> users;
  std::set<sequence_number> sequences;
  std::int32_t issues = 0;
  for (const issue_record& record : admitted(id)) {
    if (record.status != issue_status::accepted) ++issues;
    EXPECT_TRUE(record.user == user_id{} || users.insert(record.user).second) << raw(record.user);
    EXPECT_TRUE(sequences.insert(record.sequence).second) << record.sequence;
    EXPECT_GE(record.sequence, 1);
    EXPECT_LE(record.sequence, row.total_quantity.value_or(quantity_max));
  }
  EXPECT_EQ(row.issued_quantity, issues);
  EXPECT_LE(issues, row.total_quantity.value_or(quantity_max));
}

namespace {

// Coupons

TEST_P(shared_ledger_contract, a_created_coupon_reads_back_and_its_gate_is_still_to_be_built) {
  const coupon made = ledger_->create(awkward_draft(500), noon).value();
  const coupon read = ledger_->find_coupon(made.id).value();
  EXPECT_GE(raw(read.id), id_min);
  EXPECT_EQ(read.title, "café 쿠폰 \"'\\");
  EXPECT_EQ(read.coupon_type, default_coupon_type);
  EXPECT_EQ(read.total_quantity, 500);
  EXPECT_EQ(read.issued_quantity, 0);
  EXPECT_EQ(read.discount_amount, 1000);
  EXPECT_EQ(read.min_available_amount, 5000);
  EXPECT_EQ(read.window, awkward_draft(500).window);
  EXPECT_FALSE(read.paused);
  EXPECT_EQ(read.epoch, 0);
  EXPECT_EQ(read.config_version, 1);
  EXPECT_EQ(read.date_created, noon);
  EXPECT_EQ(ledger_->cursor_of(made.id), (queue_cursor{0, "", queue::queue_start, 0}));
  EXPECT_EQ(made.title, read.title);
}

TEST_P(shared_ledger_contract, a_coupon_without_a_total_is_unlimited) {
  const coupon_id id = ledger_->create(awkward_draft(std::nullopt), noon).value().id;
  EXPECT_EQ(ledger_->find_coupon(id).value().total_quantity, std::nullopt);
}

TEST_P(shared_ledger_contract, an_unknown_coupon_is_not_found) {
  EXPECT_EQ(ledger_->find_coupon(unknown_coupon).error(), errc::coupon_not_found);
  EXPECT_EQ(ledger_->cursor_of(unknown_coupon), std::nullopt);
  EXPECT_EQ(ledger_->find_issue(unknown_coupon, user_id{1}).error(), errc::coupon_not_found);
  EXPECT_EQ(ledger_->lock(unknown_coupon, runtime::deadline::after(1s)).error(), errc::coupon_not_found);
  EXPECT_TRUE(admitted(unknown_coupon).empty());
}

TEST_P(shared_ledger_contract, coupons_are_found_by_the_end_of_their_window) {
  const coupon_id first = create(1);
  const coupon_id second = create(1);
  const timestamp end = awkward_draft(1).window.end;
  EXPECT_EQ(ledger_->coupons_ending_after(end - 1us), (std::vector{first, second}));
  EXPECT_TRUE(ledger_->coupons_ending_after(end).empty());
}

TEST_P(shared_ledger_contract, standings_are_read_in_pages_with_the_cursors) {
  std::vector<coupon_id> all;
  for (int n = 0; n < 3; ++n) all.push_back(create(10));
  ASSERT_EQ(ledger_->append(all[1], batch(all[1], 0, 3)), append_outcome::committed);
  const timestamp end = awkward_draft(1).window.end;

  const auto first = ledger_->standings(ledger::standing_range::ending_after, end - 1us, coupon_id{0}, 2);
  ASSERT_EQ(first.size(), 2U);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_EQ(first[n].coupon, all[n]);
    EXPECT_EQ(first[n].cursor, ledger_->cursor_of(all[n]));
    EXPECT_EQ(first[n].config_version, ledger_->find_coupon(all[n])->config_version);
    EXPECT_EQ(first[n].end, end);
  }
  EXPECT_EQ(first[1].cursor.last_sequence, 3);
  const auto second = ledger_->standings(ledger::standing_range::ending_after, end - 1us, all[1], 2);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].coupon, all[2]);

  EXPECT_TRUE(ledger_->standings(ledger::standing_range::ending_after, end, coupon_id{0}, 2).empty());
  EXPECT_TRUE(ledger_->standings(ledger::standing_range::ended_by, end - 1us, coupon_id{0}, 2).empty());
  EXPECT_EQ(ledger_->standings(ledger::standing_range::ended_by, end, coupon_id{0}, 5).size(), 3U);
}

// Appending

TEST_P(shared_ledger_contract, a_batch_moves_rows_count_and_cursor_together) {
  const coupon_id id = create(500);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::committed);
  ASSERT_EQ(ledger_->append(id, batch(id, 3, 64)), append_outcome::committed);
  EXPECT_EQ(issued(id), 64);
  EXPECT_EQ(ledger_->cursor_of(id), at(64));
  const auto all = admitted(id);
  ASSERT_EQ(all.size(), 64u);
  EXPECT_EQ(all[63].sequence, 64);
  EXPECT_EQ(all[63].user, user_at(64));
  EXPECT_EQ(all[63].coupon, id);
  EXPECT_EQ(all[63].status, issue_status::issued);
  EXPECT_EQ(all[63].date_issued, noon + 64ms);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_large_batch_is_one_transaction) {
  const coupon_id id = create(std::nullopt);
  append_batch large = batch(id, 0, 25'000);
  large.rows.back().user = large.rows.front().user;
  EXPECT_EQ(ledger_->append(id, large), append_outcome::conflict);
  EXPECT_TRUE(admitted(id).empty());
  EXPECT_EQ(issued(id), 0);
  EXPECT_EQ(ledger_->append(id, batch(id, 0, 25'000)), append_outcome::committed);
  EXPECT_EQ(issued(id), 25'000);
}

TEST_P(shared_ledger_contract, the_largest_ids_are_kept_whole) {
  const coupon_id id = create(1);
  ASSERT_EQ(ledger_->append(id, {at(0), at(1), rows(id, 1, 1, id_max), {}}), append_outcome::committed);
  EXPECT_EQ(admitted(id).at(0).user, user_id{id_max});
  EXPECT_EQ(ledger_->find_issue(id, user_id{id_max}).value().sequence, 1);
}

TEST_P(shared_ledger_contract, a_batch_from_where_the_cursor_does_not_stand_is_told_that_it_moved) {
  const coupon_id id = create(500);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::moved) << "the same again";
  EXPECT_EQ(ledger_->append(id, batch(id, 4, 6)), append_outcome::moved) << "ahead";
  EXPECT_EQ(ledger_->append(id, {at(3, 2), at(4, 2), rows(id, 4, 4), {}}), append_outcome::moved) << "another epoch";
  EXPECT_EQ(ledger_->append(id, {at(3, 1, "x"), at(4, 1, "x"), rows(id, 4, 4), {}}), append_outcome::moved)
      << "another lineage";
  append_batch other_place = batch(id, 3, 4);
  other_place.from.last_id = "1-1";
  EXPECT_EQ(ledger_->append(id, other_place), append_outcome::moved) << "another place in the queue";
  EXPECT_EQ(ledger_->append(unknown_coupon, {at(0), at(1), rows(unknown_coupon, 1, 1), {}}), append_outcome::moved);
  EXPECT_EQ(issued(id), 3);
  EXPECT_EQ(ledger_->cursor_of(id), at(3));
}

TEST_P(shared_ledger_contract, more_than_the_total_is_refused_whole) {
  const coupon_id id = create(5);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 4)), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, batch(id, 4, 6)), append_outcome::over_total);
  EXPECT_EQ(issued(id), 4);
  EXPECT_EQ(ledger_->cursor_of(id), at(4));
  EXPECT_EQ(ledger_->append(id, batch(id, 4, 5)), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, batch(id, 5, 6)), append_outcome::over_total);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_place_above_the_total_is_refused_though_the_count_would_allow_it) {
  const coupon_id id = create(5);
  const append_batch beyond{at(0), at(6), rows(id, 1, 5), {letter(id, 6, user_id{7})}};
  EXPECT_EQ(ledger_->append(id, beyond), append_outcome::over_total);
  append_batch with_letter{at(0), at(5), rows(id, 1, 4), {letter(id, 5, user_id{7})}};
  ASSERT_EQ(ledger_->append(id, with_letter), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, batch(id, 5, 6)), append_outcome::over_total) << "the dead letter keeps its place";
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_user_or_a_sequence_that_another_record_has_is_a_conflict_and_leaves_nothing) {
  const coupon_id id = create(50);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 4)), append_outcome::committed);
  append_batch user_again = batch(id, 4, 8);
  user_again.rows[2].user = user_at(3);
  EXPECT_EQ(ledger_->append(id, user_again), append_outcome::conflict);
  set_cursor(id, at(3));  // as a rebuild that went wrong would
  append_batch sequence_again = batch(id, 3, 5);
  sequence_again.rows[0].user = user_id{77};
  EXPECT_EQ(ledger_->append(id, sequence_again), append_outcome::conflict);
  EXPECT_EQ(ledger_->cursor_of(id), at(3));
  EXPECT_EQ(admitted(id).size(), 4u);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, rows_that_are_there_already_are_fine_and_are_not_counted_twice) {
  const coupon_id id = create(50);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 4)), append_outcome::committed);
  set_cursor(id, at(2));
  EXPECT_EQ(ledger_->append(id, batch(id, 2, 6)), append_outcome::committed);
  EXPECT_EQ(issued(id), 6);
  EXPECT_EQ(ledger_->cursor_of(id), at(6));
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_batch_with_a_gap_a_place_twice_or_another_coupons_row_is_a_conflict) {
  const coupon_id id = create(50);
  append_batch gap = batch(id, 0, 4);
  gap.rows.erase(gap.rows.begin() + 1);
  EXPECT_EQ(ledger_->append(id, gap), append_outcome::conflict);
  append_batch twice = batch(id, 0, 4);
  twice.rows[1].sequence = 1;
  EXPECT_EQ(ledger_->append(id, twice), append_outcome::conflict);
  append_batch foreign = batch(id, 0, 4);
  foreign.rows[1].coupon = create(5);
  EXPECT_EQ(ledger_->append(id, foreign), append_outcome::conflict);
  EXPECT_TRUE(admitted(id).empty());
}

TEST_P(shared_ledger_contract, rows_that_the_store_refuses_for_their_data_are_told_apart_from_failures) {
  const coupon_id id = create(50);
  store_->refuse_user(user_at(3));
  EXPECT_EQ(ledger_->append(id, batch(id, 0, 4)), append_outcome::refused);
  EXPECT_TRUE(admitted(id).empty());
  EXPECT_EQ(ledger_->append(id, batch(id, 0, 2)), append_outcome::committed);
  const append_batch bisected{at(2), at(4), rows(id, 4, 4), {letter(id, 3, user_at(3))}};
  EXPECT_EQ(ledger_->append(id, bisected), append_outcome::committed);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_probe_says_what_would_happen_and_changes_nothing) {
  const coupon_id id = create(5);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 2)), append_outcome::committed);
  store_->refuse_user(user_id{66});
  EXPECT_EQ(ledger_->probe(id, rows(id, 3, 4)), append_outcome::committed);
  EXPECT_EQ(ledger_->probe(id, rows(id, 3, 3, 66)), append_outcome::refused);
  EXPECT_EQ(ledger_->probe(id, rows(id, 3, 6)), append_outcome::over_total);
  EXPECT_EQ(ledger_->probe(id, rows(id, 3, 3, raw(user_at(1)))), append_outcome::conflict);
  EXPECT_EQ(issued(id), 2);
  EXPECT_EQ(admitted(id).size(), 2u);
  EXPECT_EQ(ledger_->cursor_of(id), at(2));
  EXPECT_EQ(ledger_->append(id, batch(id, 2, 3)), append_outcome::committed) << "a probe leaves no lock behind";
}

// Two sessions

TEST_P(shared_ledger_contract, what_one_session_commits_the_other_sees) {
  const auto other = store_->open();
  const coupon_id id = create(50);
  EXPECT_EQ(other->cursor_of(id), at(0));
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::committed);
  EXPECT_EQ(other->cursor_of(id), at(3));
  EXPECT_EQ(other->append(id, batch(id, 0, 3)), append_outcome::moved);
  EXPECT_EQ(other->append(id, batch(id, 3, 5)), append_outcome::committed);
  EXPECT_EQ(issued(id), 5);
}

TEST_P(shared_ledger_contract, who_finds_the_cursor_held_is_told_at_once_and_others_coupons_go_on) {
  const auto other = store_->open();
  const coupon_id held = create(50);
  const coupon_id free = create(50);
  const auto lock = other->lock(held, runtime::deadline::after(1s)).value();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ledger_->append(held, batch(held, 0, 3)), append_outcome::busy);
  EXPECT_EQ(ledger_->probe(held, rows(held, 1, 3)), append_outcome::busy);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "it must not wait";
  EXPECT_EQ(ledger_->append(free, batch(free, 0, 3)), append_outcome::committed);
  EXPECT_EQ(ledger_->find_coupon(held).value().issued_quantity, 0) << "who only reads is not held up";
}

TEST_P(shared_ledger_contract, many_sessions_at_once_move_each_batch_exactly_once) {
  constexpr int sessions = 4;
  constexpr sequence_number last = 400;
  const coupon_id id = create(last);
  std::atomic<int> committed = 0;
  std::vector<std::unique_ptr<shared_ledger>> ledgers;
  for (int i = 0; i < sessions; ++i) ledgers.push_back(store_->open());
  const auto work = [&](shared_ledger& mine) {
    while (true) {
      const queue_cursor cursor = mine.cursor_of(id).value();
      if (cursor.last_sequence == last) return;
      const append_outcome outcome = mine.append(id, batch(id, cursor.last_sequence, cursor.last_sequence + 10));
      if (outcome == append_outcome::committed) ++committed;
      EXPECT_THAT(outcome, ::testing::AnyOf(append_outcome::committed, append_outcome::moved, append_outcome::busy));
    }
  };
  std::vector<std::thread> threads;
  for (auto& mine : ledgers) threads.emplace_back([&work, &mine] { work(*mine); });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(committed, last / 10);
  EXPECT_EQ(issued(id), last);
  expect_books_agree(id);
}

// The lock

TEST_P(shared_ledger_contract, a_lock_shows_cursor_and_row_and_stores_what_an_operator_changes) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::committed);
  auto lock = ledger_->lock(id, runtime::deadline::after(1s)).value();
  EXPECT_EQ(lock->cursor(), at(3));
  EXPECT_EQ(lock->row().issued_quantity, 3);
  coupon changed = lock->row();
  changed.title = "new";
  changed.total_quantity = std::nullopt;
  changed.window.end += 1h;
  changed.paused = true;
  changed.epoch = 7;
  changed.config_version = 2;
  changed.issued_quantity = 0;  // not the caller's to change
  lock->store(changed, later);
  lock->set_cursor(at(3, 7));
  EXPECT_EQ(store_->open()->find_coupon(id).value().title, awkward_draft(1).title) << "not yet committed";
  lock->commit();
  lock.reset();
  const coupon read = ledger_->find_coupon(id).value();
  EXPECT_EQ(read.title, "new");
  EXPECT_EQ(read.total_quantity, std::nullopt);
  EXPECT_EQ(read.window, changed.window);
  EXPECT_TRUE(read.paused);
  EXPECT_EQ(read.epoch, 7);
  EXPECT_EQ(read.config_version, 2);
  EXPECT_EQ(read.issued_quantity, 3);
  EXPECT_EQ(read.date_created, noon);
  EXPECT_EQ(read.date_updated, later);
  EXPECT_EQ(ledger_->cursor_of(id), at(3, 7));
  EXPECT_EQ(ledger_->append(id, batch(id, 3, 4)), append_outcome::moved) << "of the epoch before";
}

TEST_P(shared_ledger_contract, a_lock_that_ends_without_a_commit_leaves_nothing) {
  const coupon_id id = create(10);
  {
    const auto lock = ledger_->lock(id, runtime::deadline::after(1s)).value();
    coupon changed = lock->row();
    changed.title = "new";
    lock->store(changed, later);
    lock->set_cursor(at(0, 9));
    EXPECT_EQ(lock->append(rows(id, 1, 2), {}), append_outcome::committed);
  }
  EXPECT_EQ(ledger_->find_coupon(id).value().title, awkward_draft(1).title);
  EXPECT_EQ(ledger_->cursor_of(id), at(0));
  EXPECT_TRUE(admitted(id).empty());
  EXPECT_EQ(ledger_->append(id, batch(id, 0, 1)), append_outcome::committed) << "the locks are gone";
}

TEST_P(shared_ledger_contract, rows_and_dead_letters_go_in_under_the_lock) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 2)), append_outcome::committed);
  auto lock = ledger_->lock(id, runtime::deadline::after(1s)).value();
  const std::vector<dead_letter> dead = {letter(id, 5, std::nullopt)};
  ASSERT_EQ(lock->append(rows(id, 1, 4), dead), append_outcome::committed) << "two of them are there already";
  EXPECT_EQ(lock->row().issued_quantity, 4);
  lock->set_cursor(at(5, 2));
  lock->commit();
  lock.reset();
  EXPECT_EQ(issued(id), 4);
  EXPECT_EQ(admitted(id).size(), 5u);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, what_cannot_be_appended_under_the_lock_leaves_nothing_of_the_transaction) {
  const coupon_id id = create(3);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 2)), append_outcome::committed);
  store_->refuse_user(user_id{66});
  const std::vector<std::pair<std::vector<new_issue>, append_outcome>> cases = {
      {rows(id, 3, 4), append_outcome::over_total},
      {rows(id, 2, 3, 500), append_outcome::conflict},
      {rows(id, 3, 3, raw(user_at(1))), append_outcome::conflict},
      {rows(id, 3, 3, 66), append_outcome::refused}};
  for (const auto& [wanted, outcome] : cases) {
    const auto lock = ledger_->lock(id, runtime::deadline::after(1s)).value();
    lock->set_cursor(at(2, 9));
    EXPECT_EQ(lock->append(wanted, {}), outcome);
  }
  EXPECT_EQ(ledger_->cursor_of(id), at(2));
  EXPECT_EQ(issued(id), 2);
}

TEST_P(shared_ledger_contract, patience_for_a_lock_ends) {
  const auto other = store_->open();
  const coupon_id id = create(10);
  const auto held = other->lock(id, runtime::deadline::after(1s)).value();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ledger_->lock(id, runtime::deadline::after(0ms)).error(), errc::overloaded);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "no patience, no waiting";
  EXPECT_EQ(ledger_->lock(id, runtime::deadline::after(200ms)).error(), errc::overloaded);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 200ms);
  EXPECT_EQ(ledger_->find_coupon(id).value().id, id) << "the session goes on";
}

TEST_P(shared_ledger_contract, who_waits_for_a_lock_gets_it_when_it_is_free_and_sees_what_was_done_under_it) {
  const coupon_id id = create(10);
  auto held = ledger_->lock(id, runtime::deadline::after(1s)).value();
  std::atomic<bool> asking = false;
  queue_cursor seen;
  std::thread waiter([&] {
    const auto other = store_->open();
    other->find_coupon(id).value();  // connected
    asking = true;
    seen = other->lock(id, runtime::deadline::after(20s)).value()->cursor();
  });
  while (!asking) std::this_thread::yield();
  held->set_cursor(at(0, 5));
  held->commit();
  held.reset();
  waiter.join();
  EXPECT_EQ(seen, at(0, 5));
}

TEST_P(shared_ledger_contract, the_ledger_can_be_used_while_one_of_its_locks_lives) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 3)), append_outcome::committed);
  const auto lock = ledger_->lock(id, runtime::deadline::after(1s)).value();
  ASSERT_EQ(lock->append(rows(id, 4, 5), {}), append_outcome::committed);
  EXPECT_EQ(admitted(id).size(), 3u) << "what is committed";
  EXPECT_EQ(ledger_->append(id, batch(id, 3, 4)), append_outcome::busy);
  lock->commit();
  EXPECT_EQ(admitted(id).size(), 5u);
}

// The trail, and keys

const actor an_operator{"kim", "operator"};

TEST_P(shared_ledger_contract, what_was_done_under_a_lock_that_is_not_committed_leaves_no_trail) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 1)), append_outcome::committed);
  const auto change = [&](bool commits) {
    const auto lock = ledger_->lock(id, runtime::deadline::after(10s)).value();
    coupon changed = lock->row();
    changed.paused = true;
    lock->store(changed, later, an_operator);
    EXPECT_TRUE(lock->take_step(user_at(1), return_step{"r"}, later, an_operator));
    lock->note(recount_of(id, 3, 1, an_operator, later));
    if (commits) lock->commit();
  };
  change(false);
  EXPECT_TRUE(ledger_->actions(id, {}, 10).value().items.empty());
  change(true);
  const auto actions = ledger_->actions(id, {}, 10).value().items;
  ASSERT_EQ(actions.size(), 3u);
  EXPECT_EQ(actions[0].what, "repair_count");
  EXPECT_EQ(actions[1].what, "return_issue");
  EXPECT_EQ(actions[2].what, "pause_coupon");
}

TEST_P(shared_ledger_contract, of_many_who_create_with_one_key_at_once_all_get_the_same_coupon) {
  std::atomic<int> ready = 0;
  std::mutex guard;
  std::set<coupon_id> made;
  const auto ask = [&] {
    const auto own = store_->open();
    (void)own->find_coupon(unknown_coupon);  // connects
    ++ready;
    while (ready < 4) std::this_thread::yield();
    const coupon_id id = own->create(awkward_draft(5), noon, an_operator, idempotency_key{"k", "f"}).value().id;
    const std::lock_guard locked(guard);
    made.insert(id);
  };
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 4; ++i) nodes.emplace_back(ask);
  }
  EXPECT_EQ(made.size(), 1u);
  EXPECT_EQ(ledger_->coupons({}, 10).value().items.size(), 1u);
  EXPECT_EQ(ledger_->actions({}, {}, 10).value().items.size(), 1u);
}

// Records

TEST_P(shared_ledger_contract, a_record_is_found_whether_it_is_issued_or_still_a_dead_letter) {
  const coupon_id id = create(10);
  const append_batch mixed{at(0), at(3), rows(id, 1, 2), {letter(id, 3, user_id{33})}};
  ASSERT_EQ(ledger_->append(id, mixed), append_outcome::committed);
  const issue_record issued = ledger_->find_issue(id, user_at(2)).value();
  EXPECT_EQ(issued, (issue_record{id, user_at(2), 2, issue_status::issued, noon + 2ms, std::nullopt}));
  const issue_record accepted = ledger_->find_issue(id, user_id{33}).value();
  EXPECT_EQ(accepted, (issue_record{id, user_id{33}, 3, issue_status::accepted, noon + 3ms, std::nullopt}));
  EXPECT_EQ(ledger_->find_issue(id, user_id{34}).error(), errc::issue_not_found);
}

TEST_P(shared_ledger_contract, an_issue_is_used_once_and_for_enough) {
  const coupon_id id = create(10);
  const append_batch mixed{at(0), at(3), rows(id, 1, 2), {letter(id, 3, user_id{33})}};
  ASSERT_EQ(ledger_->append(id, mixed), append_outcome::committed);
  EXPECT_EQ(ledger_->take_step(id, user_at(2), use_step{4999}, later).error(), errc::below_minimum);
  const issue_record used = ledger_->take_step(id, user_at(2), use_step{5000}, later).value();
  EXPECT_EQ(used, (issue_record{id, user_at(2), 2, issue_status::used, noon + 2ms, later}));
  EXPECT_EQ(ledger_->take_step(id, user_at(2), use_step{5000}, later).error(), errc::already_used);
  EXPECT_EQ(ledger_->take_step(id, user_id{34}, use_step{5000}, later).error(), errc::issue_not_found);
  EXPECT_EQ(ledger_->take_step(id, user_id{33}, use_step{5000}, later).error(), errc::issue_not_found)
      << "only accepted";
  EXPECT_EQ(ledger_->take_step(unknown_coupon, user_at(2), use_step{5000}, later).error(), errc::issue_not_found);
  EXPECT_EQ(ledger_->find_issue(id, user_at(2)).value(), used);
  EXPECT_EQ(admitted(id).at(1), used);
}

TEST_P(shared_ledger_contract, everybody_admitted_is_given_in_sequence_issues_and_dead_letters_alike) {
  const coupon_id id = create(10);
  const append_batch mixed{
      at(0), at(6), {}, {letter(id, 1, std::nullopt), letter(id, 4, user_id{44}), letter(id, 6, user_id{66})}};
  append_batch with_rows = mixed;
  for (const sequence_number s : {2, 3, 5}) with_rows.rows.push_back(rows(id, s, s).front());
  ASSERT_EQ(ledger_->append(id, with_rows), append_outcome::committed);
  const coupon_id other = create(10);
  ASSERT_EQ(ledger_->append(other, batch(other, 0, 2)), append_outcome::committed);
  const auto all = admitted(id);
  ASSERT_EQ(all.size(), 6u);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(all[i].sequence, i + 1);
    EXPECT_EQ(all[i].coupon, id);
  }
  EXPECT_EQ(all[0].user, user_id{}) << "unknown";
  EXPECT_EQ(all[0].status, issue_status::accepted);
  EXPECT_EQ(all[3].user, user_id{44});
  EXPECT_EQ(all[3].date_issued, noon + 4ms);
  EXPECT_EQ(all[4].status, issue_status::issued);
}

TEST_P(shared_ledger_contract, everybody_admitted_is_given_as_of_one_instant) {
  const auto other = store_->open();
  const coupon_id id = create(std::nullopt);
  ASSERT_EQ(ledger_->append(id, {at(0), at(5000), rows(id, 2, 5000), {letter(id, 1, user_at(1))}}),
            append_outcome::committed);
  const std::int64_t letter_id = ledger_->dead_letters(id, 0, 1).at(0).id;
  sequence_number last = 0;
  ledger_->each_admitted(id, [&](const issue_record& record) {
    if (record.sequence == 1) {  // in the middle of it everything moves on
      EXPECT_EQ(other->append(id, batch(id, 5000, 5001)), append_outcome::committed);
      EXPECT_EQ(other->replay(letter_id, std::nullopt), append_outcome::committed);
    }
    EXPECT_EQ(record.sequence, ++last);
  });
  EXPECT_EQ(last, 5000);
  EXPECT_EQ(admitted(id).size(), 5001u);
}

TEST_P(shared_ledger_contract, a_reader_that_gives_up_in_the_middle_leaves_the_ledger_usable) {
  const coupon_id id = create(std::nullopt);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 20'000)), append_outcome::committed);
  EXPECT_THROW(ledger_->each_admitted(id, [](const issue_record&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_EQ(ledger_->cursor_of(id), at(20'000));
  EXPECT_EQ(ledger_->append(id, batch(id, 20'000, 20'001)), append_outcome::committed);
}

// Dead letters

TEST_P(shared_ledger_contract, dead_letters_are_listed_by_id_in_parts_and_by_coupon) {
  const coupon_id a = create(10);
  const coupon_id b = create(10);
  ASSERT_EQ(ledger_->append(a, {at(0), at(2), {}, {letter(a, 1, user_id{1}), letter(a, 2, std::nullopt)}}),
            append_outcome::committed);
  ASSERT_EQ(ledger_->append(b, {at(0), at(1), {}, {letter(b, 1, user_id{1})}}), append_outcome::committed);
  const auto first = ledger_->dead_letters(std::nullopt, 0, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_LT(first[0].id, first[1].id);
  EXPECT_EQ(first[0].coupon, a);
  EXPECT_EQ(first[0].sequence, 1);
  EXPECT_EQ(first[0].user, user_id{1});
  EXPECT_EQ(first[0].admitted_at, noon + 1ms);
  EXPECT_EQ(first[0].reason, "because");
  EXPECT_EQ(first[1].user, std::nullopt);
  EXPECT_EQ(ledger_->dead_letters(std::nullopt, first[1].id, 2).size(), 1u);
  EXPECT_EQ(ledger_->dead_letters(b, 0, 10).size(), 1u);
}

TEST_P(shared_ledger_contract, any_bytes_may_stand_in_a_reason) {
  const coupon_id id = create(10);
  dead_letter nasty = letter(id, 1, user_id{1});
  nasty.reason = std::string("x'\"\\;\0\xff\xfe\xf0\x9f", 11) + std::string(100'000, '\x80');
  ASSERT_EQ(ledger_->append(id, {at(0), at(1), {}, {nasty}}), append_outcome::committed);
  EXPECT_EQ(ledger_->dead_letters(id, 0, 10).at(0).reason.substr(0, 2), "x'");
}

TEST_P(shared_ledger_contract, a_replayed_dead_letter_becomes_the_issue_that_it_should_have_been) {
  const coupon_id id = create(3);
  store_->refuse_user(user_id{66});
  ASSERT_EQ(ledger_->append(id, {at(0), at(3), rows(id, 1, 2), {letter(id, 3, user_id{66})}}),
            append_outcome::committed);
  const std::int64_t letter_id = ledger_->dead_letters(id, 0, 10).at(0).id;
  EXPECT_EQ(ledger_->replay(letter_id, std::nullopt, an_operator, later), append_outcome::refused)
      << "nothing has changed yet";
  EXPECT_EQ(ledger_->dead_letters(id, 0, 10).size(), 1u);
  store_->accept_user(user_id{66});
  EXPECT_TRUE(ledger_->actions(id, {}, 10).value().items.empty());
  EXPECT_EQ(ledger_->replay(letter_id, std::nullopt, an_operator, later), append_outcome::committed);
  ASSERT_EQ(ledger_->actions(id, {}, 10).value().items.size(), 1u);
  EXPECT_EQ(ledger_->actions(id, {}, 10).value().items[0].what, "replay_dead_letter");
  EXPECT_EQ(ledger_->find_issue(id, user_id{66}).value(),
            (issue_record{id, user_id{66}, 3, issue_status::issued, noon + 3ms, std::nullopt}));
  EXPECT_TRUE(ledger_->dead_letters(id, 0, 10).empty());
  EXPECT_EQ(issued(id), 3);
  EXPECT_EQ(ledger_->replay(letter_id, std::nullopt), append_outcome::moved) << "it is closed";
  EXPECT_EQ(ledger_->replay(987654, std::nullopt), append_outcome::moved) << "there is none";
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_dead_letter_of_an_unknown_user_needs_one_to_be_replayed) {
  const coupon_id id = create(4);
  ASSERT_EQ(
      ledger_->append(id, {at(0), at(4), rows(id, 1, 2), {letter(id, 3, std::nullopt), letter(id, 4, user_id{44})}}),
      append_outcome::committed);
  const auto letters = ledger_->dead_letters(id, 0, 10);
  EXPECT_EQ(ledger_->replay(letters[0].id, std::nullopt), append_outcome::refused);
  EXPECT_EQ(ledger_->replay(letters[0].id, user_at(1)), append_outcome::conflict) << "who has one already";
  EXPECT_EQ(ledger_->replay(letters[0].id, user_id{44}), append_outcome::conflict) << "who waits in the other";
  EXPECT_EQ(ledger_->replay(letters[1].id, user_id{45}), append_outcome::conflict) << "it is somebody else's";
  EXPECT_EQ(ledger_->replay(letters[0].id, user_id{77}), append_outcome::committed);
  EXPECT_EQ(ledger_->find_issue(id, user_id{77}).value().sequence, 3);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_place_that_was_given_up_is_nobodys_and_stays) {
  const coupon_id id = create(10);
  ASSERT_EQ(
      ledger_->append(id, {at(0), at(4), rows(id, 1, 2), {letter(id, 3, user_id{66}), letter(id, 4, user_id{44})}}),
      append_outcome::committed);
  const std::int64_t letter_id = ledger_->dead_letters(id, 0, 10).at(0).id;
  EXPECT_EQ(ledger_->give_up(id, 3, "the account \xec\x9d\x80 'closed'", noon + 1h), append_outcome::committed);
  EXPECT_EQ(ledger_->give_up(id, 3, "again", noon + 2h), append_outcome::moved) << "it is given up already";
  EXPECT_EQ(ledger_->replay(letter_id, user_id{66}), append_outcome::moved) << "it is closed";
  EXPECT_EQ(ledger_->dead_letters(id, 0, 10).size(), 1u) << "the other one";
  EXPECT_EQ(ledger_->find_issue(id, user_id{66}).error(), errc::issue_not_found);
  EXPECT_EQ(issued(id), 2);

  const std::vector<issue_record> all = admitted(id);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[2].sequence, 3);
  EXPECT_EQ(all[2].user, user_id{});
  EXPECT_EQ(all[2].status, issue_status::accepted);
  EXPECT_EQ(all[2].date_returned, noon + 1h);
  EXPECT_EQ(all[3].date_returned, std::nullopt);

  // Its user may come again, and his row or his next letter finds its place.
  EXPECT_EQ(ledger_->append(id, {at(4), at(5), {}, {letter(id, 5, user_id{66})}}), append_outcome::committed);
  EXPECT_EQ(ledger_->give_up(id, 5, "once more", noon + 3h), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, {at(5), at(6), {{id, user_id{66}, 6, noon}}, {}}), append_outcome::committed);
  EXPECT_EQ(ledger_->find_issue(id, user_id{66}).value().sequence, 6);
}

TEST_P(shared_ledger_contract, who_gave_a_place_up_stands_on_the_trail_in_the_same_transaction) {
  const coupon_id id = create(10);
  dead_letter refused = letter(id, 2, user_id{66});
  refused.reason = "Data too long";
  ASSERT_EQ(ledger_->append(id, {at(0), at(2), rows(id, 1, 1), {refused}}), append_outcome::committed);
  {  // place 3 has neither row nor letter
    auto lock = ledger_->lock(id, runtime::deadline::after(1s));
    ASSERT_TRUE(lock);
    (*lock)->set_cursor(at(3));
    (*lock)->commit();
  }
  const std::size_t before = ledger_->actions(id, {}, 100).value().items.size();
  EXPECT_EQ(ledger_->give_up(id, 1, "no", noon), append_outcome::conflict);
  EXPECT_EQ(ledger_->actions(id, {}, 100).value().items.size(), before) << "nothing was done";

  const std::int64_t letter_id = ledger_->dead_letters(id, 0, 10).at(0).id;
  ASSERT_EQ(ledger_->give_up(id, 2, "the account was 'closed'", noon), append_outcome::committed);
  ASSERT_EQ(ledger_->give_up(id, 3, "its row was deleted", noon + 1h), append_outcome::committed);
  EXPECT_EQ(ledger_->give_up(id, 2, "again", noon + 1h), append_outcome::moved);
  const auto trail = ledger_->actions(id, {}, 100).value().items;
  ASSERT_EQ(trail.size(), before + 2);
  const operator_action &of_place = trail[0], &of_letter = trail[1];
  EXPECT_EQ(of_letter.what, "discard_dead_letter");
  EXPECT_EQ(of_letter.by.name, at_command_line().name);
  EXPECT_EQ(of_letter.date_created, noon);
  EXPECT_NE(of_letter.before_json.find("Data too long"), std::string::npos) << of_letter.before_json;
  EXPECT_NE(of_letter.before_json.find(R"("userId":66)"), std::string::npos) << of_letter.before_json;
  EXPECT_NE(of_letter.after_json.find("the account was 'closed'"), std::string::npos) << of_letter.after_json;
  EXPECT_NE(of_letter.after_json.find(R"("id":)" + std::to_string(letter_id)), std::string::npos);
  EXPECT_EQ(of_place.what, "discard_dead_letter");
  EXPECT_EQ(of_place.before_json, "") << "there was nothing";
  EXPECT_NE(of_place.after_json.find(R"("sequence":3)"), std::string::npos) << of_place.after_json;
}

TEST_P(shared_ledger_contract, only_a_place_is_given_up_that_nobody_has) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, {at(0), at(2), rows(id, 1, 2), {}}), append_outcome::committed);
  EXPECT_EQ(ledger_->give_up(id, 2, "no", noon), append_outcome::conflict);
  EXPECT_EQ(ledger_->give_up(id, 3, "no", noon), append_outcome::moved) << "the queue may still hold it";
  EXPECT_EQ(ledger_->give_up(id, 0, "no", noon), append_outcome::moved);
  EXPECT_EQ(ledger_->give_up(unknown_coupon, 1, "no", noon), append_outcome::moved);
  EXPECT_EQ(admitted(id).size(), 2u);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, a_dead_letters_user_and_place_are_taken) {
  const coupon_id id = create(50);
  ASSERT_EQ(ledger_->append(id, {at(0), at(1), {}, {letter(id, 1, user_id{66})}}), append_outcome::committed);
  EXPECT_EQ(ledger_->append(id, {at(1), at(2), rows(id, 2, 2, 66), {}}), append_outcome::conflict);
  set_cursor(id, at(0));
  EXPECT_EQ(ledger_->append(id, {at(0), at(1), rows(id, 1, 1, 67), {}}), append_outcome::conflict);
  EXPECT_EQ(ledger_->append(id, {at(0), at(1), {}, {letter(id, 1, user_id{66})}}), append_outcome::committed)
      << "the same again";
  EXPECT_EQ(ledger_->dead_letters(id, 0, 10).size(), 1u);
  expect_books_agree(id);
}

// Lists

TEST_P(shared_ledger_contract, lists_are_paged_as_the_embedded_ones) {
  std::vector<coupon_id> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(create(10));
    ASSERT_EQ(ledger_->append(ids[i], {at(0), at(3), rows(ids[i], 1, 3, 500), {}}), append_outcome::committed);
  }
  const coupon_page coupons = ledger_->coupons({}, 2).value();
  ASSERT_EQ(coupons.items.size(), 2u);
  EXPECT_EQ(coupons.next, ids[1]);
  EXPECT_EQ(ledger_->coupons(coupons.next, 2).value().items.at(0).id, ids[2]);
  const coupon_issue_page issues = ledger_->issues_of_coupon(ids[1], 1, 2).value();
  EXPECT_EQ(issues.items.at(0).sequence, 2);
  EXPECT_EQ(issues.next, std::nullopt);
  const user_issue_page mine = ledger_->issues_of_user(user_id{501}, {}, 2).value();
  EXPECT_EQ(mine.items.at(0).coupon, ids[2]) << "the same date: the newer row first";
  EXPECT_EQ(mine.items.at(1).coupon, ids[1]);
  EXPECT_EQ(ledger_->issues_of_user(user_id{501}, mine.next, 2).value().items.at(0).coupon, ids[0]);
}

}  // namespace
}  // namespace firstcome::testing
