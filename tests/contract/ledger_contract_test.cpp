// What the seam ledger/ledger.hpp promises, for every implementation of it.

#include "contract/ledger_contract.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/sqlite/ledger.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

using ledger::commit_outcome;
using ledger::new_issue;

class sqlite_under_test final : public ledger_under_test {
 public:
  sqlite_under_test() { reopen(); }

  ledger::writer& writer() override { return ledger_->single_writer(); }
  std::unique_ptr<ledger::reader> open_reader() override { return ledger_->open_reader(); }
  std::unique_ptr<ledger::loader> open_loader() override { return ledger_->open_loader(); }
  void reopen() override {
    ledger_.reset();
    ledger_ = std::make_unique<ledger::sqlite_ledger>(ledger::sqlite_ledger_options{.folder = folder_.path()});
  }

 private:
  temporary_directory folder_;
  std::unique_ptr<ledger::sqlite_ledger> ledger_;
};

constexpr timestamp created = from_microseconds(1'700'000'000'123'456);
constexpr timestamp an_hour_later = created + std::chrono::hours(1);

coupon_draft draft_of(std::optional<std::int32_t> total_quantity) {
  return {.title = "café 쿠폰",
          .total_quantity = total_quantity,
          .discount_amount = 1000,
          .min_available_amount = 5000,
          .window = {created, created + std::chrono::hours(24)}};
}

new_issue issue_of(coupon_id coupon, std::int64_t user, sequence_number sequence) {
  return {coupon, user_id{user}, sequence, created + std::chrono::milliseconds(sequence)};
}

/// Users `first_user`, `first_user` + 1, … at sequences `first`, `first` + 1, …
std::vector<new_issue> run_of(coupon_id coupon, std::int64_t first_user, sequence_number first, int count) {
  std::vector<new_issue> rows;
  for (int i = 0; i < count; ++i) rows.push_back(issue_of(coupon, first_user + i, first + i));
  return rows;
}

}  // namespace

coupon_id ledger_contract::create(std::optional<std::int32_t> total_quantity) {
  return store_->writer().create(draft_of(total_quantity), created).value().id;
}

std::vector<issue_record> ledger_contract::all_issues() {
  std::vector<issue_record> all;
  store_->open_loader()->issues([&](const issue_record& record) { all.push_back(record); });
  return all;
}

namespace {

TEST_P(ledger_contract, a_new_ledger_is_empty) {
  EXPECT_TRUE(store_->open_loader()->coupons().empty());
  EXPECT_TRUE(all_issues().empty());
  EXPECT_TRUE(store_->open_reader()->coupons({}, 10).value().items.empty());
}

TEST_P(ledger_contract, a_created_coupon_reads_back_as_it_was_given) {
  const coupon made = store_->writer().create(draft_of(500), an_hour_later).value();
  store_->reopen();
  const coupon read = only_coupon();
  EXPECT_EQ(read.id, made.id);
  EXPECT_EQ(read.title, "café 쿠폰");
  EXPECT_EQ(read.coupon_type, default_coupon_type);
  EXPECT_EQ(read.total_quantity, 500);
  EXPECT_EQ(read.issued_quantity, 0);
  EXPECT_EQ(read.discount_amount, 1000);
  EXPECT_EQ(read.min_available_amount, 5000);
  EXPECT_EQ(read.window, draft_of(500).window);
  EXPECT_FALSE(read.paused);
  EXPECT_EQ(read.epoch, 1);
  EXPECT_EQ(read.config_version, 1);
  EXPECT_EQ(read.date_created, an_hour_later);
  EXPECT_EQ(read.date_updated, an_hour_later);
}

TEST_P(ledger_contract, a_coupon_without_a_total_quantity_is_unlimited) {
  create(std::nullopt);
  EXPECT_EQ(only_coupon().total_quantity, std::nullopt);
}

TEST_P(ledger_contract, coupons_get_different_ids_that_rise) {
  const coupon_id first = create(1);
  const coupon_id second = create(1);
  EXPECT_LT(first, second);
  EXPECT_GE(raw(first), id_min);
}

TEST_P(ledger_contract, a_change_stores_what_an_operator_may_change_and_nothing_else) {
  coupon changed = store_->writer().create(draft_of(10), created).value();
  ASSERT_EQ(commit(run_of(changed.id, 1, 1, 3)), commit_outcome::committed);
  changed.title = "new";
  changed.total_quantity = std::nullopt;
  changed.window.end += std::chrono::hours(1);
  changed.paused = true;
  changed.config_version = 2;
  changed.issued_quantity = 0;  // memory may lag; the ledger's count is the ledger's
  const coupon stored = store_->writer().store(changed, an_hour_later).value();
  const coupon read = only_coupon();
  for (const coupon& c : {stored, read}) {
    EXPECT_EQ(c.title, "new");
    EXPECT_EQ(c.total_quantity, std::nullopt);
    EXPECT_EQ(c.window, changed.window);
    EXPECT_TRUE(c.paused);
    EXPECT_EQ(c.config_version, 2);
    EXPECT_EQ(c.issued_quantity, 3);
    EXPECT_EQ(c.date_created, created);
    EXPECT_EQ(c.date_updated, an_hour_later);
  }
}

TEST_P(ledger_contract, a_change_of_an_unknown_coupon_is_refused) {
  coupon unknown;
  unknown.id = coupon_id{77};
  unknown.title = "x";
  unknown.window = draft_of(1).window;
  EXPECT_EQ(store_->writer().store(unknown, created).error(), errc::coupon_not_found);
}

TEST_P(ledger_contract, a_committed_batch_is_there_after_a_restart_with_its_count) {
  const coupon_id id = create(500);
  ASSERT_EQ(commit(run_of(id, 1000, 1, 64)), commit_outcome::committed);
  ASSERT_EQ(commit(run_of(id, 5000, 65, 1)), commit_outcome::committed);
  store_->reopen();
  const auto issues = all_issues();
  ASSERT_EQ(issues.size(), 65u);
  EXPECT_EQ(issues[64].user, user_id{5000});
  EXPECT_EQ(issues[64].sequence, 65);
  EXPECT_EQ(issues[64].coupon, id);
  EXPECT_EQ(issues[64].status, issue_status::issued);
  EXPECT_EQ(issues[64].date_issued, created + std::chrono::milliseconds(65));
  EXPECT_EQ(only_coupon().issued_quantity, 65);
}

TEST_P(ledger_contract, one_batch_may_hold_rows_of_several_coupons_in_any_mixture) {
  const coupon_id a = create(10);
  const coupon_id b = create(10);
  const std::vector<new_issue> mixed = {issue_of(a, 1, 1), issue_of(b, 1, 1), issue_of(b, 2, 2), issue_of(a, 2, 2)};
  ASSERT_EQ(commit(mixed), commit_outcome::committed);
  const std::vector<coupon> coupons = store_->open_loader()->coupons();
  ASSERT_EQ(coupons.size(), 2u);
  for (const coupon& c : coupons) EXPECT_EQ(c.issued_quantity, 2);
  EXPECT_EQ(all_issues().size(), 4u);
}

TEST_P(ledger_contract, the_loader_gives_each_coupons_issues_in_ascending_sequence) {
  const coupon_id a = create(100);
  const coupon_id b = create(100);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(commit(run_of(a, 900 - 10 * i, 1 + 5 * i, 5)), commit_outcome::committed);
    ASSERT_EQ(commit(run_of(b, 500 - 10 * i, 1 + 5 * i, 5)), commit_outcome::committed);
  }
  sequence_number last_a = 0;
  sequence_number last_b = 0;
  for (const issue_record& record : all_issues()) EXPECT_EQ(record.sequence, ++(record.coupon == a ? last_a : last_b));
  EXPECT_EQ(last_a, 50);
  EXPECT_EQ(last_b, 50);
}

TEST_P(ledger_contract, a_batch_of_scattered_users_larger_than_any_cache_is_one_transaction) {
  const coupon_id id = create(std::nullopt);
  std::vector<new_issue> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back(issue_of(id, std::int64_t{i} * 7919 % 20'011 * 1'000 + 1, i + 1));
  ASSERT_EQ(commit({rows.begin(), rows.begin() + 10'000}), commit_outcome::committed);
  std::vector<new_issue> second(rows.begin() + 10'000, rows.end());
  second.back().user = rows.front().user;  // the very last row is refused: everything before it must go too
  EXPECT_THROW(commit(second), ledger::ledger_broken);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 10'000u);
  ASSERT_EQ(commit({rows.begin() + 10'000, rows.end()}), commit_outcome::committed);
  EXPECT_EQ(all_issues().size(), 20'000u);
  EXPECT_EQ(only_coupon().issued_quantity, 20'000);
}

TEST_P(ledger_contract, the_largest_ids_are_kept_whole) {
  const coupon_id id = create(1);
  ASSERT_EQ(commit({issue_of(id, id_max, 1)}), commit_outcome::committed);
  EXPECT_EQ(all_issues().at(0).user, user_id{id_max});
  EXPECT_EQ(store_->open_reader()->issues_of_user(user_id{id_max}, {}, 10).value().items.size(), 1u);
}

// Contradictions: memory and ledger disagree, which nobody may paper over. After each, the ledger is as it was before.

TEST_P(ledger_contract, more_issues_than_the_total_quantity_break_the_ledger_and_leave_nothing) {
  const coupon_id id = create(5);
  ASSERT_EQ(commit(run_of(id, 1, 1, 4)), commit_outcome::committed);
  EXPECT_THROW(commit(run_of(id, 10, 5, 2)), ledger::ledger_broken);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 4u);
  EXPECT_EQ(only_coupon().issued_quantity, 4);
}

TEST_P(ledger_contract, a_second_issue_for_a_user_breaks_the_ledger_and_leaves_nothing) {
  const coupon_id id = create(50);
  ASSERT_EQ(commit(run_of(id, 1, 1, 4)), commit_outcome::committed);
  EXPECT_THROW(commit({issue_of(id, 100, 5), issue_of(id, 3, 6)}), ledger::ledger_broken);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 4u);
}

TEST_P(ledger_contract, a_sequence_given_twice_breaks_the_ledger_and_leaves_nothing) {
  const coupon_id id = create(50);
  ASSERT_EQ(commit(run_of(id, 1, 1, 4)), commit_outcome::committed);
  EXPECT_THROW(commit({issue_of(id, 100, 4)}), ledger::ledger_broken);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 4u);
}

TEST_P(ledger_contract, a_gap_in_the_sequence_breaks_the_ledger_and_leaves_nothing) {
  const coupon_id id = create(50);
  EXPECT_THROW(commit({issue_of(id, 100, 1), issue_of(id, 101, 3)}), ledger::ledger_broken);
  store_->reopen();
  EXPECT_TRUE(all_issues().empty());
}

TEST_P(ledger_contract, an_issue_of_an_unknown_coupon_breaks_the_ledger_and_leaves_nothing) {
  EXPECT_THROW(commit({issue_of(coupon_id{9}, 1, 1)}), ledger::ledger_broken);
  store_->reopen();
  EXPECT_THROW(commit({issue_of(coupon_id{id_max}, 1, 1)}), ledger::ledger_broken);
  store_->reopen();
  EXPECT_TRUE(all_issues().empty());
}

TEST_P(ledger_contract, an_issue_is_used_once) {
  const coupon_id id = create(5);
  ASSERT_EQ(commit(run_of(id, 1, 1, 2)), commit_outcome::committed);
  const issue_record used = store_->writer().take_step(id, user_id{2}, use_step{quantity_max}, an_hour_later).value();
  EXPECT_EQ(used.status, issue_status::used);
  EXPECT_EQ(used.date_used, an_hour_later);
  EXPECT_EQ(used.sequence, 2);
  EXPECT_EQ(store_->writer().take_step(id, user_id{2}, use_step{quantity_max}, an_hour_later).error(),
            errc::already_used);
  store_->reopen();
  EXPECT_EQ(all_issues().at(1), used);
  EXPECT_EQ(all_issues().at(0).date_used, std::nullopt);
}

TEST_P(ledger_contract, an_order_uses_it_and_undoes_it_and_may_ask_again) {
  const coupon_id id = create(5);
  ASSERT_EQ(commit(run_of(id, 1, 1, 2)), commit_outcome::committed);
  const auto ask = [&](const issue_step& step) {
    return store_->writer().take_step(id, user_id{2}, step, an_hour_later);
  };
  const issue_record used = ask(use_step{quantity_max, "A-1"}).value();
  store_->reopen();
  EXPECT_EQ(ask(use_step{quantity_max, "A-1"}).value(), used);
  EXPECT_EQ(ask(use_step{quantity_max, "a-1"}).error(), errc::already_used) << "an order's id has letters of two sizes";
  EXPECT_EQ(ask(undo_use_step{"A-2"}).error(), errc::used_by_another_order);
  EXPECT_EQ(ask(return_step{}).error(), errc::already_used);
  EXPECT_EQ(ask(undo_use_step{"A-1"}).value().status, issue_status::issued);
  EXPECT_EQ(ask(undo_use_step{"A-1"}).value().date_used, std::nullopt);
  EXPECT_EQ(ask(use_step{quantity_max, "A-2"}).value().status, issue_status::used);
}

TEST_P(ledger_contract, steps_taken_together_are_each_decided_after_those_before) {
  const coupon_id id = create(5);
  ASSERT_EQ(commit(run_of(id, 1, 1, 3)), commit_outcome::committed);
  const std::vector<ledger::step_request> asked = {{id, user_id{1}, use_step{quantity_max, "A-1"}, an_hour_later},
                                                   {id, user_id{1}, use_step{quantity_max, "A-1"}, an_hour_later},
                                                   {id, user_id{1}, return_step{}, an_hour_later},
                                                   {id, user_id{9}, return_step{}, an_hour_later},
                                                   {id, user_id{2}, return_step{}, an_hour_later},
                                                   {id, user_id{2}, use_step{quantity_max}, an_hour_later}};
  const auto answers = store_->writer().take_steps(asked);
  ASSERT_EQ(answers.size(), asked.size());
  EXPECT_EQ(answers[0].value().status, issue_status::used);
  EXPECT_EQ(answers[1].value(), answers[0].value());
  EXPECT_EQ(answers[2].error(), errc::already_used);
  EXPECT_EQ(answers[3].error(), errc::issue_not_found);
  EXPECT_EQ(answers[4].value().status, issue_status::returned);
  EXPECT_EQ(answers[5].error(), errc::returned);
  store_->reopen();
  EXPECT_EQ(all_issues().at(0), answers[0].value());
  EXPECT_EQ(all_issues().at(1), answers[4].value());
  EXPECT_EQ(only_coupon().issued_quantity, 2);
}

TEST_P(ledger_contract, a_return_moves_the_counts_once_and_its_place_is_gone) {
  const coupon_id id = create(3);
  ASSERT_EQ(commit(run_of(id, 1, 1, 2)), commit_outcome::committed);
  const issue_record returned = store_->writer().take_step(id, user_id{1}, return_step{"이유"}, an_hour_later).value();
  EXPECT_EQ(returned.status, issue_status::returned);
  EXPECT_EQ(returned.date_returned, an_hour_later);
  EXPECT_EQ(store_->writer().take_step(id, user_id{1}, return_step{}, an_hour_later + std::chrono::seconds(1)).value(),
            returned);
  store_->reopen();
  EXPECT_EQ(all_issues().at(0), returned);
  EXPECT_EQ(only_coupon().issued_quantity, 1);
  EXPECT_EQ(only_coupon().gone_quantity, 1);
  EXPECT_EQ(only_coupon().returned_quantity, 0);
  EXPECT_EQ(commit(run_of(id, 3, 3, 1)), commit_outcome::committed);
  EXPECT_EQ(store_->writer().take_step(id, user_id{1}, use_step{quantity_max}, an_hour_later).error(), errc::returned);
  EXPECT_THROW(commit(run_of(id, 4, 4, 1)), ledger::ledger_broken);
  store_->reopen();
}

TEST_P(ledger_contract, what_is_returned_to_the_pool_may_be_issued_again) {
  coupon_draft draft = draft_of(2);
  draft.restock = restock_rule::pool;
  const coupon_id id = store_->writer().create(draft, created).value().id;
  EXPECT_EQ(only_coupon().restock, restock_rule::pool);
  ASSERT_EQ(commit(run_of(id, 1, 1, 2)), commit_outcome::committed);
  ASSERT_TRUE(store_->writer().take_step(id, user_id{2}, return_step{}, an_hour_later));
  EXPECT_EQ(only_coupon().returned_quantity, 1);
  EXPECT_EQ(only_coupon().issued_quantity, 1);
  EXPECT_EQ(commit(run_of(id, 3, 3, 1)), commit_outcome::committed);
  EXPECT_EQ(only_coupon().issued_quantity, 2);
  EXPECT_THROW(commit(run_of(id, 4, 4, 1)), ledger::ledger_broken);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 3U);
}

// The trail, and keys

const actor kim{"kim", "operator"}, lee{"lee", "till"};

std::vector<std::string> words(const operator_action_page& page) {
  std::vector<std::string> what;
  for (const operator_action& action : page.items) what.push_back(action.by.name + " " + action.what);
  return what;
}

TEST_P(ledger_contract, what_is_done_stands_on_the_trail_newest_first_with_before_and_after) {
  coupon c = store_->writer().create(draft_of(5), created, kim).value();
  ASSERT_EQ(commit(run_of(c.id, 1, 1, 2)), commit_outcome::committed);
  const coupon_id other = store_->writer().create(draft_of(5), created, kim).value().id;
  c.paused = true;
  ASSERT_TRUE(store_->writer().store(c, an_hour_later, kim));
  c.total_quantity = 7;
  ASSERT_TRUE(store_->writer().store(c, an_hour_later, kim));
  ASSERT_TRUE(store_->writer().take_step(c.id, user_id{2}, use_step{quantity_max, "A-1"}, an_hour_later, lee));
  ASSERT_TRUE(store_->writer().take_step(c.id, user_id{2}, undo_use_step{"A-1"}, an_hour_later, lee));
  ASSERT_TRUE(store_->writer().take_step(c.id, user_id{2}, return_step{"이유"}, an_hour_later, kim));
  store_->reopen();
  const auto reader = store_->open_reader();
  const operator_action_page page = reader->actions({}, {}, 100).value();
  EXPECT_EQ(words(page), (std::vector<std::string>{"kim return_issue", "lee undo_use", "kim raise_coupon",
                                                   "kim pause_coupon", "kim create_coupon", "kim create_coupon"}))
      << "a use is no action: the issue says it";
  EXPECT_FALSE(page.next);
  const operator_action& taken_back = page.items.at(0);
  EXPECT_EQ(taken_back.by.role, "operator");
  EXPECT_EQ(taken_back.coupon, c.id);
  EXPECT_EQ(taken_back.date_created, an_hour_later);
  EXPECT_NE(taken_back.before_json.find(R"("userId":2)"), std::string::npos) << taken_back.before_json;
  EXPECT_NE(taken_back.after_json.find("이유"), std::string::npos) << taken_back.after_json;
  EXPECT_NE(page.items.at(1).before_json.find(R"("orderId":"A-1")"), std::string::npos);
  EXPECT_NE(page.items.at(2).before_json.find(R"("totalQuantity":5)"), std::string::npos);
  EXPECT_NE(page.items.at(2).after_json.find(R"("totalQuantity":7)"), std::string::npos);
  EXPECT_EQ(page.items.at(5).before_json, "");
  EXPECT_EQ(reader->actions(other, {}, 100).value().items.size(), 1u);
}

TEST_P(ledger_contract, the_trail_is_read_in_pages) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store_->writer().create(draft_of(5), created, kim));
  const auto reader = store_->open_reader();
  std::vector<std::int64_t> ids;
  std::optional<std::int64_t> before;
  do {
    const operator_action_page page = reader->actions({}, before, 2).value();
    for (const operator_action& action : page.items) ids.push_back(action.id);
    before = page.next;
  } while (before);
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_TRUE(std::is_sorted(ids.rbegin(), ids.rend()));
}

TEST_P(ledger_contract, who_fails_changes_nothing_or_is_nobody_here_leaves_no_trail) {
  const coupon_id id = create(5);
  ASSERT_EQ(commit(run_of(id, 1, 1, 1)), commit_outcome::committed);
  coupon unknown = only_coupon();
  unknown.id = coupon_id{77};
  EXPECT_FALSE(store_->writer().store(unknown, an_hour_later, kim));
  EXPECT_FALSE(store_->writer().take_step(id, user_id{9}, return_step{"r"}, an_hour_later, kim));
  EXPECT_TRUE(store_->writer().take_step(id, user_id{1}, undo_use_step{"A-9"}, an_hour_later, kim))
      << "it is so already";
  ASSERT_TRUE(store_->writer().take_step(id, user_id{1}, return_step{}, an_hour_later));
  ASSERT_TRUE(store_->writer().take_step(id, user_id{1}, return_step{"again"}, an_hour_later, kim));
  EXPECT_EQ(words(store_->open_reader()->actions({}, {}, 100).value()), std::vector<std::string>{});
}

TEST_P(ledger_contract, a_key_makes_one_coupon_for_a_day) {
  const idempotency_key key{"k-1", "one"}, other_request{"k-1", "two"};
  ledger::writer& writer = store_->writer();
  const coupon made = writer.create(draft_of(5), created, kim, key).value();
  store_->reopen();
  const timestamp nearly = created + idempotency_keys_kept - std::chrono::microseconds(1);
  EXPECT_EQ(store_->writer().create(draft_of(5), nearly, kim, key).value().id, made.id);
  EXPECT_EQ(store_->writer().create(draft_of(6), nearly, kim, other_request).error(), errc::idempotency_key_reused);
  EXPECT_EQ(store_->open_loader()->coupons().size(), 1u);
  EXPECT_EQ(words(store_->open_reader()->actions({}, {}, 100).value()), std::vector<std::string>{"kim create_coupon"});
  const coupon next = store_->writer().create(draft_of(6), created + idempotency_keys_kept, kim, other_request).value();
  EXPECT_NE(next.id, made.id);
  EXPECT_EQ(store_->writer().create(draft_of(6), created + idempotency_keys_kept, kim, other_request).value().id,
            next.id);
}

TEST_P(ledger_contract, keys_tell_letters_of_two_sizes_apart) {
  const coupon_id small = store_->writer().create(draft_of(5), created, kim, idempotency_key{"k", "f"}).value().id;
  const coupon_id large = store_->writer().create(draft_of(5), created, kim, idempotency_key{"K", "f"}).value().id;
  EXPECT_NE(small, large);
}

TEST_P(ledger_contract, what_is_not_issued_cannot_be_used) {
  const coupon_id id = create(5);
  EXPECT_EQ(store_->writer().take_step(id, user_id{2}, use_step{quantity_max}, an_hour_later).error(),
            errc::issue_not_found);
  EXPECT_EQ(store_->writer().take_step(coupon_id{id_max}, user_id{2}, use_step{quantity_max}, an_hour_later).error(),
            errc::issue_not_found);
}

TEST_P(ledger_contract, housekeeping_changes_nothing_that_can_be_read) {
  const coupon_id id = create(std::nullopt);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(commit(run_of(id, 100 * i + 1, 50 * i + 1, 50)), commit_outcome::committed);
    store_->writer().checkpoint_if_due(i % 2 == 0);
  }
  EXPECT_EQ(all_issues().size(), 1000u);
  store_->reopen();
  EXPECT_EQ(all_issues().size(), 1000u);
}

TEST_P(ledger_contract, a_reader_sees_what_was_committed_after_it_was_opened) {
  const coupon_id id = create(50);
  const auto reader = store_->open_reader();
  EXPECT_TRUE(reader->issues_of_coupon(id, 0, 10).value().items.empty());
  ASSERT_EQ(commit(run_of(id, 1, 1, 3)), commit_outcome::committed);
  EXPECT_EQ(reader->issues_of_coupon(id, 0, 10).value().items.size(), 3u);
  EXPECT_EQ(reader->coupons({}, 10).value().items.at(0).issued_quantity, 3);
}

TEST_P(ledger_contract, coupons_are_paged_by_id) {
  for (int i = 0; i < 5; ++i) create(1);
  const auto reader = store_->open_reader();
  std::vector<coupon_id> seen;
  std::optional<coupon_id> after;
  int pages = 0;
  do {
    const coupon_page page = reader->coupons(after, 2).value();
    for (const coupon& c : page.items) seen.push_back(c.id);
    after = page.next;
    ++pages;
  } while (after);
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_P(ledger_contract, a_page_that_ends_with_the_last_row_has_no_next) {
  const coupon_id id = create(4);
  ASSERT_EQ(commit(run_of(id, 1, 1, 4)), commit_outcome::committed);
  const auto reader = store_->open_reader();
  const coupon_issue_page first = reader->issues_of_coupon(id, 0, 2).value();
  EXPECT_EQ(first.next, 2);
  const coupon_issue_page second = reader->issues_of_coupon(id, *first.next, 2).value();
  EXPECT_EQ(second.items.size(), 2u);
  EXPECT_EQ(second.next, std::nullopt);
}

TEST_P(ledger_contract, a_coupons_issues_are_only_its_own) {
  const coupon_id a = create(4);
  const coupon_id b = create(4);
  ASSERT_EQ(commit(run_of(a, 1, 1, 4)), commit_outcome::committed);
  ASSERT_EQ(commit(run_of(b, 1, 1, 3)), commit_outcome::committed);
  const auto reader = store_->open_reader();
  EXPECT_EQ(reader->issues_of_coupon(a, 0, 100).value().items.size(), 4u);
  EXPECT_EQ(reader->issues_of_coupon(b, 0, 100).value().items.size(), 3u);
  EXPECT_TRUE(reader->issues_of_coupon(coupon_id{id_max}, 0, 100).value().items.empty());
  EXPECT_TRUE(reader->issues_of_coupon(a, quantity_max, 100).value().items.empty());
}

TEST_P(ledger_contract, a_users_issues_stand_newest_first_and_equal_dates_by_id) {
  std::vector<coupon_id> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(create(4));
  // Coupons 0 to 3 on the same date, 4 to 6 each older than the one before.
  for (int i = 0; i < 7; ++i) {
    const timestamp date = created - std::chrono::milliseconds(i < 4 ? 0 : i);
    ASSERT_EQ(commit({{ids[i], user_id{42}, 1, date}}), commit_outcome::committed);
  }
  const auto reader = store_->open_reader();
  std::vector<coupon_id> seen;
  std::optional<user_issue_position> after;
  do {
    const user_issue_page page = reader->issues_of_user(user_id{42}, after, 2).value();
    EXPECT_LE(page.items.size(), 2u);
    for (const issue_record& record : page.items) seen.push_back(record.coupon);
    after = page.next;
  } while (after);
  EXPECT_EQ(seen, (std::vector<coupon_id>{ids[3], ids[2], ids[1], ids[0], ids[4], ids[5], ids[6]}));
  EXPECT_TRUE(reader->issues_of_user(user_id{43}, {}, 2).value().items.empty());
}

INSTANTIATE_TEST_SUITE_P(sqlite, ledger_contract,
                         ::testing::Values(ledger_factory([] { return std::make_unique<sqlite_under_test>(); })));

}  // namespace
}  // namespace firstcome::testing
