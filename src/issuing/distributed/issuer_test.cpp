#include "issuing/distributed/issuer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "support/answer_inbox.hpp"
#include "support/fake_gate_recovery.hpp"
#include "support/hand_clock.hpp"
#include "support/slow_gate.hpp"

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;
using testing::answer_inbox;
using ::testing::ElementsAre;
using testing::fake_gate_recovery;
using testing::hand_clock;
using testing::slow_gate;
using testing::test_call;

class distributed_issuer_test : public ::testing::Test {
 protected:
  distributed_issuer_test() { start({}); }

  void start(distributed_issuer::options options) {
    issuer = std::make_unique<distributed_issuer>(recovery, clock, std::move(options));
    issuer->add_loop({&origin_loop, gate, [this](std::function<void()> work) { posted.push_back(std::move(work)); }});
  }

  /// The end of the loop's turn, and whatever follows from it.
  void run_loop() {
    while (!posted.empty()) {
      auto work = std::move(posted.front());
      posted.pop_front();
      work();
    }
  }

  test_call& call(std::int64_t user, std::int64_t coupon = 1, monotonic deadline = monotonic::max()) {
    return calls.emplace_back(origin_loop, coupon, user, deadline);
  }

  /// One coupon, taken by user 1, and a filter at hand.
  void sell_out() {
    recovery.filter_from = &gate;
    test_call& winner = call(1);
    issuer->issue(winner);
    run_loop();
    gate.decide(1);
    run_loop();
    ASSERT_EQ(winner.what(), verdict::admitted);
  }

  answer_inbox origin_loop;
  hand_clock clock;
  slow_gate gate;
  fake_gate_recovery recovery;
  std::deque<std::function<void()>> posted;
  std::deque<test_call> calls;  // outlive the batchers in which they wait
  std::unique_ptr<distributed_issuer> issuer;
};

constexpr user_id user(std::int64_t id) {
  return user_id{id};
}

TEST_F(distributed_issuer_test, who_comes_in_one_turn_forms_one_batch_in_order) {
  test_call &a = call(30), &b = call(10), &c = call(20);
  EXPECT_FALSE(issuer->issue(a));
  EXPECT_FALSE(issuer->issue(b));
  EXPECT_FALSE(issuer->issue(c));
  run_loop();
  ASSERT_EQ(gate.batches.size(), 1u);
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(30), user(10), user(20)));
  gate.decide();
  EXPECT_EQ(a.answer->record.sequence, 1);
  EXPECT_EQ(b.answer->record.sequence, 2);
  EXPECT_EQ(c.answer->record.sequence, 3);
}

TEST_F(distributed_issuer_test, who_comes_while_a_batch_is_under_way_forms_the_next_one) {
  test_call &a = call(1), &b = call(2), &c = call(3);
  issuer->issue(a);
  run_loop();
  issuer->issue(b);
  issuer->issue(c);
  run_loop();
  EXPECT_EQ(gate.batches.size(), 1u);
  gate.decide();
  EXPECT_TRUE(a.answered);
  EXPECT_FALSE(b.answered);
  ASSERT_EQ(gate.batches.size(), 1u);
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(2), user(3)));
}

TEST_F(distributed_issuer_test, coupons_do_not_wait_for_each_other) {
  test_call &a = call(1, 1), &b = call(1, 2);
  issuer->issue(a);
  issuer->issue(b);
  run_loop();
  EXPECT_EQ(gate.batches.size(), 2u);
}

TEST_F(distributed_issuer_test, who_asks_twice_at_once_shares_one_admission_and_only_the_first_is_new) {
  test_call &a = call(1), &again = call(1), &other = call(2);
  issuer->issue(a);
  issuer->issue(again);
  issuer->issue(other);
  run_loop();
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(1), user(2)));
  gate.decide();
  EXPECT_EQ(a.what(), verdict::admitted);
  EXPECT_EQ(again.what(), verdict::already_issued);
  EXPECT_EQ(again.answer->record.sequence, 1);
  EXPECT_EQ(other.answer->record.sequence, 2);
}

TEST_F(distributed_issuer_test, a_batch_has_a_bound_and_the_rest_follows) {
  for (std::size_t n = 1; n <= admission_batch_max + 1; ++n) issuer->issue(call(n));
  run_loop();
  EXPECT_EQ(gate.batches[0].users.size(), admission_batch_max);
  gate.decide();
  ASSERT_EQ(gate.batches.size(), 1u);
  EXPECT_EQ(gate.batches[0].users.size(), 1u);
}

TEST_F(distributed_issuer_test, a_lost_reply_is_unknown_and_what_was_not_sent_is_surely_not_done) {
  test_call &a = call(1), &b = call(2);
  issuer->issue(a);
  run_loop();
  gate.answer(admission_answer::outcome::unknown);
  EXPECT_EQ(a.answer.error(), errc::unavailable);
  issuer->issue(b);
  run_loop();
  gate.answer(admission_answer::outcome::not_done);
  EXPECT_EQ(b.answer.error(), errc::overloaded);
  EXPECT_TRUE(gate.batches.empty());
}

TEST_F(distributed_issuer_test, what_waits_can_be_withdrawn_and_what_was_sent_cannot) {
  test_call &sent = call(1), &waits = call(2), &stays = call(3);
  issuer->issue(sent);
  run_loop();
  issuer->issue(waits);
  issuer->issue(stays);
  EXPECT_EQ(issuer->waiting(), 2u);
  EXPECT_FALSE(issuer->withdraw(sent));
  EXPECT_TRUE(issuer->withdraw(waits));
  EXPECT_FALSE(issuer->withdraw(waits));
  gate.decide();
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(3)));
}

TEST_F(distributed_issuer_test, whose_deadline_has_passed_in_the_queue_is_not_sent) {
  test_call& late = call(1, 1, clock.monotonic_now() + 10ms);
  test_call& in_time = call(2);
  issuer->issue(late);
  issuer->issue(in_time);
  clock.advance(10ms);
  run_loop();
  EXPECT_EQ(late.answer.error(), errc::overloaded);
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(2)));
}

TEST_F(distributed_issuer_test, the_queue_is_bounded) {
  start({.waiting_max = 2});
  test_call &a = call(1), &b = call(2), &c = call(3);
  EXPECT_FALSE(issuer->issue(a));
  EXPECT_FALSE(issuer->issue(b));
  EXPECT_TRUE(issuer->issue(c));
  EXPECT_EQ(c.answer.error(), errc::overloaded);
  run_loop();
  EXPECT_FALSE(issuer->issue(c));
}

TEST_F(distributed_issuer_test, nobody_is_taken_in_who_would_stand_too_long_behind_a_slow_gate) {
  auto next = [this, n = 0]() mutable -> test_call& { return call(++n, 1, clock.monotonic_now() + 5s); };
  for (int n = 0; n < 20; ++n) {
    issuer->issue(next());
    run_loop();
    clock.advance(1s);
    gate.decide();
  }
  issuer->issue(next());
  run_loop();
  for (std::size_t n = 0; n < admission_batch_max; ++n)
    ASSERT_FALSE(issuer->issue(next())) << "the next batch may fill";
  test_call& too_many = next();
  EXPECT_TRUE(issuer->issue(too_many));
  EXPECT_EQ(too_many.answer.error(), errc::overloaded);
}

TEST_F(distributed_issuer_test, a_closed_gate_is_made_ready_and_asked_again_in_the_same_order) {
  test_call &a = call(1), &b = call(2), &later = call(3);
  issuer->issue(a);
  issuer->issue(b);
  run_loop();
  gate.answer(admission_answer::outcome::gate_closed);
  issuer->issue(later);
  run_loop();
  EXPECT_TRUE(gate.batches.empty());
  ASSERT_EQ(recovery.recoveries.size(), 1u);
  recovery.complete_recovery(recovery_result::ready);
  run_loop();
  ASSERT_EQ(gate.batches.size(), 1u);
  EXPECT_THAT(gate.batches[0].users, ElementsAre(user(1), user(2), user(3)));
}

TEST_F(distributed_issuer_test, who_waits_for_a_closed_gate_may_still_give_up_and_was_surely_not_admitted) {
  test_call& a = call(1);
  issuer->issue(a);
  run_loop();
  gate.answer(admission_answer::outcome::gate_closed);
  EXPECT_TRUE(issuer->withdraw(a));
  recovery.complete_recovery(recovery_result::ready);
  run_loop();
  EXPECT_TRUE(gate.batches.empty());
}

TEST_F(distributed_issuer_test, a_gate_that_cannot_be_made_ready_refuses_for_a_moment_and_is_tried_again) {
  test_call &a = call(1), &b = call(2), &c = call(3);
  issuer->issue(a);
  run_loop();
  gate.answer(admission_answer::outcome::gate_closed);
  recovery.complete_recovery(recovery_result::failed);
  run_loop();
  EXPECT_EQ(a.answer.error(), errc::overloaded);
  EXPECT_TRUE(issuer->issue(b));
  EXPECT_EQ(b.answer.error(), errc::overloaded);
  clock.advance(1s);
  EXPECT_FALSE(issuer->issue(c));
  run_loop();
  EXPECT_EQ(gate.batches.size(), 1u);
}

TEST_F(distributed_issuer_test, a_gate_that_closes_again_and_again_does_not_keep_its_callers_for_ever) {
  test_call& a = call(1);
  issuer->issue(a);
  run_loop();
  for (int n = 0; n < 10 && !a.answered; ++n) {
    gate.answer(admission_answer::outcome::gate_closed);
    if (!recovery.recoveries.empty()) recovery.complete_recovery(recovery_result::ready);
    run_loop();
  }
  EXPECT_TRUE(a.answered);
  EXPECT_EQ(a.answer.error(), errc::overloaded);
}

TEST_F(distributed_issuer_test, strangers_do_not_push_a_coupon_out) {
  test_call& first = call(1, 7);
  issuer->issue(first);
  run_loop();
  gate.decide();
  ASSERT_EQ(first.what(), verdict::admitted);
  for (std::int64_t id = 1'000; id < 21'000; ++id) {
    test_call& stranger = call(1, id);
    ASSERT_FALSE(issuer->issue(stranger)) << "there is room again once the last ones were answered";
    run_loop();
    gate.answer(admission_answer::outcome::no_gate);
    recovery.complete_recovery(recovery_result::no_coupon);
    run_loop();
    ASSERT_EQ(stranger.what(), verdict::coupon_not_found);
  }
  test_call& second = call(2, 7);
  ASSERT_FALSE(issuer->issue(second));
  run_loop();
  gate.decide();
  EXPECT_EQ(second.what(), verdict::admitted);
}

TEST_F(distributed_issuer_test, a_coupon_answers_while_as_many_strangers_wait_as_may) {
  test_call& first = call(1, 7);
  issuer->issue(first);
  run_loop();
  gate.decide();
  int refused = 0;
  for (std::int64_t id = 1'000; id < 11'000; ++id) {
    test_call& stranger = call(1, id);
    refused += issuer->issue(stranger);
    if (refused > 0) break;
    run_loop();
    gate.answer(admission_answer::outcome::no_gate);  // and the recovery takes its time
  }
  EXPECT_EQ(refused, 1) << "strangers are bounded";
  test_call& second = call(2, 7);
  ASSERT_FALSE(issuer->issue(second));
  run_loop();
  gate.decide();
  EXPECT_EQ(second.what(), verdict::admitted);
}

TEST_F(distributed_issuer_test, a_coupon_whose_gate_is_missing_is_not_taken_for_a_stranger_again) {
  test_call& a = call(1, 7);
  issuer->issue(a);
  run_loop();
  gate.answer(admission_answer::outcome::no_gate);
  EXPECT_EQ(recovery.strangers, 1);
  recovery.complete_recovery(recovery_result::ready);
  run_loop();
  gate.decide();
  test_call& b = call(2, 7);
  issuer->issue(b);
  run_loop();
  gate.answer(admission_answer::outcome::no_gate);
  EXPECT_EQ(recovery.strangers, 1) << "it has been heard of";
  EXPECT_EQ(recovery.recoveries.size(), 1u);
}

TEST_F(distributed_issuer_test, a_coupon_that_does_not_exist_is_not_asked_for_again_at_once) {
  test_call &a = call(1), &b = call(2), &c = call(3);
  issuer->issue(a);
  run_loop();
  gate.answer(admission_answer::outcome::gate_closed);
  recovery.complete_recovery(recovery_result::no_coupon);
  run_loop();
  EXPECT_EQ(a.what(), verdict::coupon_not_found);
  EXPECT_TRUE(issuer->issue(b));
  EXPECT_EQ(b.what(), verdict::coupon_not_found);
  clock.advance(2s);
  EXPECT_FALSE(issuer->issue(c));
}

TEST_F(distributed_issuer_test, after_the_gate_was_retired_the_ledger_answers) {
  for (const bool answers : {true, false}) {
    recovery.ledger_answers = answers;
    test_call& a = call(1);
    issuer->issue(a);
    run_loop();
    gate.answer(admission_answer::outcome::retired);
    run_loop();
    if (answers)
      EXPECT_EQ(a.what(), verdict::ended);
    else
      EXPECT_EQ(a.answer.error(), errc::overloaded);
  }
}

TEST_F(distributed_issuer_test, once_sold_out_the_crowd_costs_the_gate_nothing_and_winners_still_reach_it) {
  sell_out();
  for (int n = 100; n < 200; ++n) {
    test_call& loser = call(n);
    if (!issuer->issue(loser)) continue;  // one in a hundred looks like a winner
    EXPECT_EQ(loser.what(), verdict::sold_out);
  }
  run_loop();
  const std::size_t sent = gate.batches.empty() ? 0 : gate.batches[0].users.size();
  EXPECT_LT(sent, 10u);
  while (!gate.batches.empty()) gate.decide(1);
  test_call& winner = call(1);
  EXPECT_FALSE(issuer->issue(winner));
  run_loop();
  gate.decide(1);
  EXPECT_EQ(winner.what(), verdict::already_issued);
}

TEST_F(distributed_issuer_test, the_lease_ends_counted_from_when_the_gate_was_asked) {
  recovery.filter_from = &gate;
  test_call &winner = call(1), &during = call(200), &after = call(201);
  issuer->issue(winner);
  run_loop();
  clock.advance(100ms);  // the reply is slow
  gate.decide(1);
  run_loop();
  clock.advance(sold_out_lease_duration - 101ms);
  EXPECT_TRUE(issuer->issue(during));
  clock.advance(1ms);
  EXPECT_FALSE(issuer->issue(after));
}

TEST_F(distributed_issuer_test, the_lease_is_renewed_by_a_look_while_requests_come) {
  sell_out();
  clock.advance(sold_out_lease_duration / 2);
  test_call &a = call(200), &b = call(201);
  EXPECT_TRUE(issuer->issue(a));
  ASSERT_EQ(gate.looks.size(), 1u);
  EXPECT_GE(gate.look_until.at() - clock.time, 5s) << "past it the connection is given up, and others use it too";
  gate.looks[0]->on_look(gate.terms(1));
  clock.advance(sold_out_lease_duration - 1ms);
  EXPECT_TRUE(issuer->issue(b));
}

// Whoever has not proven to be that user is only looked at: nobody is sent to the gate, also when the lease has run
// out.
TEST_F(distributed_issuer_test, a_look_tells_who_is_refused_and_keeps_the_lease_alive) {
  EXPECT_EQ(issuer->look(origin_loop, coupon_id{1}, user(2)), sold_out_view::no) << "nobody has heard of it";
  sell_out();
  EXPECT_EQ(issuer->look(origin_loop, coupon_id{1}, user(2)), sold_out_view::surely_not_in);
  EXPECT_EQ(issuer->look(origin_loop, coupon_id{1}, user(1)), sold_out_view::perhaps_in);
  clock.advance(sold_out_lease_duration / 2);
  EXPECT_EQ(issuer->look(origin_loop, coupon_id{1}, user(2)), sold_out_view::surely_not_in);
  EXPECT_EQ(gate.looks.size(), 1u);
  clock.advance(sold_out_lease_duration);
  EXPECT_EQ(issuer->look(origin_loop, coupon_id{1}, user(1)), sold_out_view::no);
  run_loop();
  EXPECT_TRUE(gate.batches.empty());
}

TEST_F(distributed_issuer_test, an_announced_change_or_a_new_epoch_ends_the_lease_at_the_next_look) {
  for (const bool announced : {true, false}) {
    start({});
    gate = {};
    sell_out();
    clock.advance(sold_out_lease_duration / 2);
    test_call &a = call(200), &b = call(201);
    EXPECT_TRUE(issuer->issue(a));
    lease_terms changed = gate.terms(1);
    announced ? changed.change_ahead = true : changed.sold_out = false;
    gate.looks[0]->on_look(changed);
    EXPECT_FALSE(issuer->issue(b));
    issuer->stop(origin_loop);
  }
}

TEST_F(distributed_issuer_test, the_lease_does_not_outlive_the_window) {
  gate.window_left = 100ms;
  sell_out();
  test_call &during = call(200), &after = call(201);
  EXPECT_TRUE(issuer->issue(during));
  clock.advance(100ms);
  EXPECT_FALSE(issuer->issue(after));
}

TEST_F(distributed_issuer_test, without_a_filter_nobody_is_refused) {
  test_call &winner = call(1), &loser = call(2);
  issuer->issue(winner);
  run_loop();
  gate.decide(1);
  run_loop();
  EXPECT_EQ(recovery.filters_asked, 1);
  EXPECT_FALSE(issuer->issue(loser));
}

TEST_F(distributed_issuer_test, stopping_refuses_what_waits_and_leaves_what_was_sent_to_the_gate) {
  test_call &sent = call(1), &waits = call(2);
  issuer->issue(sent);
  run_loop();
  issuer->issue(waits);
  issuer->stop(origin_loop);
  EXPECT_EQ(waits.answer.error(), errc::overloaded);
  EXPECT_FALSE(sent.answered);
  gate.decide();
  EXPECT_EQ(sent.what(), verdict::admitted);
}

TEST_F(distributed_issuer_test, strangers_asking_for_ever_new_coupons_do_not_fill_the_memory) {
  int refused = 0;
  for (int coupon = 1; coupon <= 5000; ++coupon)
    if (issuer->issue(call(1, coupon))) ++refused;
  EXPECT_GT(refused, 0);
  run_loop();
  while (!gate.batches.empty()) gate.decide();
  test_call& later = call(1, 9999);
  EXPECT_FALSE(issuer->issue(later));
}

TEST(admitted_filter, lets_every_admitted_user_pass_and_few_strangers) {
  admitted_filter filter(10'000, 42);
  for (int n = 1; n <= 10'000; ++n) filter.add(user_id{n});
  int strangers = 0;
  for (int n = 1; n <= 10'000; ++n) {
    ASSERT_TRUE(filter.perhaps_has(user_id{n}));
    strangers += filter.perhaps_has(user_id{1'000'000 + n}) ? 1 : 0;
  }
  EXPECT_LT(strangers, 300);
}

}  // namespace
}  // namespace firstcome::issuing
