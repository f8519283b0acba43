// Steps in the lives of many issues at once: uses and undone uses in a transaction of their own, returns under the
// coupon's lock.

#include <gtest/gtest.h>

#include <thread>

#include "contract/shared_ledger_contract.hpp"
#include "support/shared_ledger_rows.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using ledger::append_outcome;
using ledger::step_request;

const actor till{"till-3", "till"};

TEST_P(shared_ledger_contract, steps_taken_together_are_each_decided_after_those_before) {
  const coupon_id id = create(10);
  const coupon_id other = create(10);
  ASSERT_EQ(ledger_->append(id, {at(0), at(4), rows(id, 1, 3), {letter(id, 4, user_id{44})}}),
            append_outcome::committed);
  ASSERT_EQ(ledger_->append(other, batch(other, 0, 1)), append_outcome::committed);
  const std::vector<step_request> asked = {{id, user_at(1), use_step{5000, "A-1"}, later, till},
                                           {id, user_at(1), use_step{5000, "A-1"}, later + 1s, till},
                                           {id, user_at(1), use_step{5000, "A-2"}, later, till},
                                           {id, user_at(2), use_step{4999, "A-3"}, later, till},
                                           {other, user_at(1), use_step{5000, "it's \\ 1"}, later, till},
                                           {id, user_at(9), use_step{5000, "A-4"}, later, till},
                                           {id, user_id{44}, use_step{5000, "A-5"}, later, till},
                                           {id, user_at(3), use_step{5000}, later, till},
                                           {id, user_at(1), undo_use_step{"A-1"}, later + 2s, till},
                                           {id, user_at(1), use_step{5000, "A-2"}, later + 3s, till}};
  const auto answers = ledger_->take_steps(asked);
  ASSERT_EQ(answers.size(), asked.size());
  EXPECT_EQ(answers[0].value().date_used, later);
  EXPECT_EQ(answers[1].value(), answers[0].value());
  EXPECT_EQ(answers[2].error(), errc::already_used);
  EXPECT_EQ(answers[3].error(), errc::below_minimum);
  EXPECT_EQ(answers[4].value().coupon, other);
  EXPECT_EQ(answers[5].error(), errc::issue_not_found);
  EXPECT_EQ(answers[6].error(), errc::issue_not_found) << "only accepted";
  EXPECT_EQ(answers[7].value().status, issue_status::used);
  EXPECT_EQ(answers[8].value().date_used, std::nullopt);
  EXPECT_EQ(answers[9].value().date_used, later + 3s);
  EXPECT_EQ(ledger_->find_issue(id, user_at(1)).value(), answers[9].value());
  EXPECT_EQ(ledger_->find_issue(id, user_at(2)).value().status, issue_status::issued);
  EXPECT_EQ(ledger_->find_issue(other, user_at(1)).value(), answers[4].value());
  EXPECT_EQ(ledger_->find_issue(id, user_at(3)).value(), answers[7].value());
  EXPECT_EQ(ledger_->take_step(other, user_at(1), use_step{5000, "it's \\ 1"}, later).value(), answers[4].value());
  const auto trail = ledger_->actions(id, {}, 100).value().items;
  ASSERT_EQ(trail.size(), 1u) << "what a till undoes; that it uses is its work";
  EXPECT_EQ(trail[0].by.name, till.name);
  EXPECT_EQ(trail[0].date_created, later + 2s);
  expect_books_agree(id);
}

TEST_P(shared_ledger_contract, more_steps_than_a_statement_changes_are_all_taken) {
  constexpr sequence_number all = 700;
  const coupon_id id = create(all);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, all)), append_outcome::committed);
  std::vector<step_request> asked;
  for (sequence_number n = all; n >= 1; --n)
    asked.push_back({id, user_at(n), use_step{5000, "A-" + std::to_string(n)}, later + std::chrono::seconds(n)});
  const auto answers = ledger_->take_steps(asked);
  ASSERT_EQ(answers.size(), asked.size());
  for (std::size_t n = 0; n < asked.size(); ++n) {
    ASSERT_TRUE(answers[n]) << n;
    EXPECT_EQ(answers[n].value().user, asked[n].user);
    EXPECT_EQ(answers[n].value().date_used, asked[n].at);
  }
  for (const issue_record& one : admitted(id)) EXPECT_EQ(one.date_used, later + std::chrono::seconds(one.sequence));
}

TEST_P(shared_ledger_contract, of_two_nodes_that_use_the_same_issues_for_other_orders_each_issue_has_one) {
  constexpr sequence_number all = 200;
  const coupon_id id = create(all);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, all)), append_outcome::committed);
  std::vector<std::vector<result<issue_record>>> heard(2);
  {
    std::vector<std::jthread> nodes;
    for (std::size_t node = 0; node < heard.size(); ++node)
      nodes.emplace_back([&, node] {
        const auto own = store_->open();
        for (sequence_number from = 1; from <= all; from += 20) {
          std::vector<step_request> asked;
          for (sequence_number n = from; n < from + 20; ++n)
            asked.push_back({id, user_at(node == 0 ? n : 2 * from + 19 - n),
                             use_step{5000, "order of node " + std::to_string(node)},
                             later + std::chrono::seconds(node)});
          auto answers = own->take_steps(asked);
          if (node == 1) std::reverse(answers.begin(), answers.end());
          for (const auto& answer : answers) heard[node].push_back(answer);
        }
      });
  }
  for (sequence_number n = 1; n <= all; ++n) {
    const auto &a = heard[0].at(static_cast<std::size_t>(n) - 1), &b = heard[1].at(static_cast<std::size_t>(n) - 1);
    ASSERT_NE(a.has_value(), b.has_value()) << n;
    EXPECT_EQ(ledger_->find_issue(id, user_at(n)).value(), a ? a.value() : b.value());
    EXPECT_EQ(a ? b.error() : a.error(), errc::already_used);
  }
}

TEST_P(shared_ledger_contract, returns_under_a_lock_move_the_counts_by_as_many) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 6)), append_outcome::committed);
  ASSERT_TRUE(ledger_->take_step(id, user_at(2), use_step{5000, "A-1"}, later));
  const auto ask = [&](std::vector<step_request> steps) {
    const auto lock = ledger_->lock(id, runtime::deadline::after(10s)).value();
    const auto answers = lock->take_steps(steps);
    EXPECT_EQ(lock->row().issued_quantity, 4);
    lock->commit();
    return answers;
  };
  const auto answers = ask({{id, user_at(1), return_step{"it's late"}, later, till},
                            {id, user_at(2), return_step{}, later, till},
                            {id, user_at(9), return_step{}, later, till},
                            {id, user_at(4), return_step{}, later, till}});
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0].value().date_returned, later);
  EXPECT_EQ(answers[1].error(), errc::already_used);
  EXPECT_EQ(answers[2].error(), errc::issue_not_found);
  EXPECT_EQ(answers[3].value().status, issue_status::returned);
  const auto again = ask({{id, user_at(1), return_step{}, later + 1s, till}});
  EXPECT_EQ(again.at(0).value(), answers[0].value());
  const coupon row = ledger_->find_coupon(id).value();
  EXPECT_EQ(row.issued_quantity, 4);
  EXPECT_EQ(row.gone_quantity, 2);
  EXPECT_EQ(ledger_->find_issue(id, user_at(4)).value(), answers[3].value());
  EXPECT_EQ(ledger_->find_issue(id, user_at(3)).value().status, issue_status::issued);
}

// A rebuild does it: the total was lowered after the return, and the ledger has forgotten both.
TEST_P(shared_ledger_contract, a_place_past_the_total_is_written_and_taken_back_in_one_transaction) {
  coupon_draft draft;
  draft.title = "a title";
  draft.total_quantity = 2;
  draft.window = {from_microseconds(0), from_microseconds(4'000'000'000'000'000)};
  draft.restock = restock_rule::pool;
  const coupon_id id = ledger_->create(draft, later).value().id;
  set_cursor(id, at(0));
  ASSERT_EQ(ledger_->append(id, batch(id, 0, 2)), append_outcome::committed);
  auto lock = ledger_->lock(id, runtime::deadline::after(2s)).value();
  const coupon lowered = lock->row();
  coupon roomier = lowered;
  roomier.total_quantity = 3;
  lock->store(roomier, later);
  ASSERT_EQ(lock->append(rows(id, 3, 3), {}), append_outcome::committed);
  EXPECT_EQ(lock->row().issued_quantity, 3);
  const step_request back{id, user_at(3), return_step{"r"}, later, {}};
  ASSERT_TRUE(lock->take_steps({&back, 1}).front());
  coupon again = lock->row();
  again.total_quantity = lowered.total_quantity;
  lock->store(again, later);
  lock->set_cursor(at(3));
  lock->commit();
  lock.reset();
  const coupon after = ledger_->find_coupon(id).value();
  EXPECT_EQ(after.total_quantity, 2);
  EXPECT_EQ(after.issued_quantity, 2);
  EXPECT_EQ(after.returned_quantity, 1);
  EXPECT_EQ(ledger_->find_issue(id, user_at(3)).value().status, issue_status::returned);
}

TEST_P(shared_ledger_contract, the_records_of_several_users_come_each_in_its_place) {
  const coupon_id id = create(10);
  ASSERT_EQ(ledger_->append(id, {at(0), at(3), rows(id, 1, 2), {letter(id, 3, user_id{33})}}),
            append_outcome::committed);
  ASSERT_TRUE(ledger_->take_step(id, user_at(2), use_step{5000, "A-1"}, later));
  const std::vector<user_id> who = {user_id{33}, user_at(9), user_at(2), user_at(1)};
  const auto found = ledger_->find_issues(id, who);
  ASSERT_EQ(found.size(), who.size());
  EXPECT_EQ(found[1].error(), errc::issue_not_found);
  for (const std::size_t n : {0, 2, 3}) EXPECT_EQ(found[n].value(), ledger_->find_issue(id, who[n]).value());
  EXPECT_TRUE(ledger_->find_issues(id, {}).empty());
}

}  // namespace
}  // namespace firstcome::testing
