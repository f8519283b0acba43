#include "gate/memory/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace firstcome {
namespace {

const timestamp start = from_microseconds(1'000'000'000);
const timestamp end = from_microseconds(2'000'000'000);
const timestamp during = from_microseconds(1'500'000'000);
constexpr std::uint64_t seed = 42;

coupon coupon_of(std::optional<std::int32_t> quantity) {
  coupon c;
  c.id = coupon_id{7};
  c.total_quantity = quantity;
  c.window = {start, end};
  return c;
}

issue_record admit(gate::gate& g, std::int64_t user, timestamp now = during) {
  EXPECT_EQ(g.decide(user_id{user}, now).what, verdict::admitted);
  const issue_record record = g.stage(user_id{user}, now);
  g.commit_staged();
  return record;
}

TEST(gate, gives_sequences_densely_from_one) {
  gate::gate g(coupon_of(3), seed);
  EXPECT_EQ(admit(g, 10).sequence, 1);
  EXPECT_EQ(admit(g, 20).sequence, 2);
  EXPECT_EQ(admit(g, 30).sequence, 3);
  EXPECT_EQ(g.coupon().issued_quantity, 3);
}

issue_record returned(issue_record record) {
  record.status = issue_status::returned;
  record.date_returned = during;
  return record;
}

TEST(gate, a_place_that_is_returned_without_a_pool_is_gone) {
  gate::gate g(coupon_of(2), seed);
  const issue_record first = admit(g, 10);
  admit(g, 20);
  g.note_step(returned(first));
  g.note_step(returned(first));  // told twice
  EXPECT_EQ(g.decide(user_id{30}, during).what, verdict::sold_out);
  EXPECT_EQ(g.decide(user_id{10}, during).what, verdict::returned);
  EXPECT_EQ(g.find(user_id{10}), returned(first));
  EXPECT_EQ(g.coupon().issued_quantity, 1);
  EXPECT_EQ(g.coupon().gone_quantity, 1);
}

TEST(gate, a_place_that_is_returned_to_the_pool_goes_to_the_next_under_the_next_sequence) {
  coupon c = coupon_of(2);
  c.restock = restock_rule::pool;
  gate::gate g(c, seed);
  const issue_record first = admit(g, 10);
  admit(g, 20);
  g.note_step(returned(first));
  EXPECT_EQ(g.decide(user_id{10}, during).what, verdict::returned);
  EXPECT_EQ(admit(g, 30).sequence, 3);
  EXPECT_EQ(g.decide(user_id{40}, during).what, verdict::sold_out);
  EXPECT_EQ(g.coupon().issued_quantity, 2);
  EXPECT_EQ(g.coupon().returned_quantity, 1);
}

TEST(gate, knows_after_a_restart_who_returned_what) {
  coupon stored = coupon_of(2);
  stored.restock = restock_rule::pool;
  stored.issued_quantity = 1;
  stored.returned_quantity = 1;
  gate::gate g(stored, seed);
  const issue_record first{coupon_id{7}, user_id{10}, 1, issue_status::issued, during, {}};
  g.restore(returned(first));
  g.restore({coupon_id{7}, user_id{20}, 2, issue_status::issued, during, {}});
  EXPECT_EQ(g.early_decision(user_id{10}, during).what, verdict::returned);
  EXPECT_EQ(g.coupon().issued_quantity, 1);
  EXPECT_EQ(admit(g, 30).sequence, 3);
  EXPECT_EQ(g.decide(user_id{40}, during).what, verdict::sold_out);
}

TEST(gate, counts_what_is_staged_against_the_quantity) {
  gate::gate g(coupon_of(2), seed);
  g.stage(user_id{1}, during);
  g.stage(user_id{2}, during);
  EXPECT_EQ(g.decide(user_id{3}, during).what, verdict::sold_out);
  g.drop_staged();
  EXPECT_EQ(g.decide(user_id{3}, during).what, verdict::admitted);
}

TEST(gate, shows_nothing_that_is_only_staged) {
  gate::gate g(coupon_of(1), seed);
  g.stage(user_id{1}, during);
  EXPECT_EQ(g.early_decision(user_id{1}, during).what, verdict::admitted);
  EXPECT_EQ(g.early_decision(user_id{2}, during).what, verdict::admitted);
  EXPECT_FALSE(g.find(user_id{1}));
  EXPECT_EQ(g.coupon().issued_quantity, 0);
}

TEST(gate, shows_whether_it_is_sold_out_and_perhaps_to_whom) {
  gate::gate g(coupon_of(1), seed);
  g.stage(user_id{1}, during);
  EXPECT_EQ(g.look(user_id{2}, during), sold_out_view::no) << "what is only staged is seen by nobody";
  g.commit_staged();
  EXPECT_EQ(g.look(user_id{1}, during), sold_out_view::perhaps_in);
  EXPECT_EQ(g.look(user_id{2}, during), sold_out_view::surely_not_in);
  EXPECT_EQ(g.look(user_id{2}, end), sold_out_view::no) << "it has ended, which comes first";
  coupon paused = g.coupon();
  paused.paused = true;
  g.configure(paused);
  EXPECT_EQ(g.look(user_id{2}, during), sold_out_view::no);
}

TEST(gate, says_yes_to_a_winner_whatever_else_is_the_case) {
  gate::gate g(coupon_of(1), seed);
  const issue_record record = admit(g, 1);
  coupon paused = g.coupon();
  paused.paused = true;
  g.configure(paused);
  for (const timestamp now : {start - std::chrono::microseconds(1), during, end}) {
    const issue_decision again = g.decide(user_id{1}, now);
    EXPECT_EQ(again.what, verdict::already_issued);
    EXPECT_EQ(again.record, record);
  }
}

TEST(gate, checks_paused_then_window_then_quantity) {
  gate::gate g(coupon_of(1), seed);
  admit(g, 1);
  const timestamp before = start - std::chrono::microseconds(1);
  EXPECT_EQ(g.decide(user_id{2}, before).what, verdict::not_started);
  EXPECT_EQ(g.decide(user_id{2}, before).window_start, start);
  EXPECT_EQ(g.decide(user_id{2}, end).what, verdict::ended);
  EXPECT_EQ(g.decide(user_id{2}, during).what, verdict::sold_out);
  coupon paused = g.coupon();
  paused.paused = true;
  g.configure(paused);
  for (const timestamp now : {before, during, end}) EXPECT_EQ(g.decide(user_id{2}, now).what, verdict::paused);
}

TEST(gate, opens_at_the_start_and_closes_at_the_end) {
  gate::gate g(coupon_of({}), seed);
  EXPECT_EQ(g.decide(user_id{1}, start).what, verdict::admitted);
  EXPECT_EQ(g.decide(user_id{1}, end - std::chrono::microseconds(1)).what, verdict::admitted);
  EXPECT_EQ(g.decide(user_id{1}, end).what, verdict::ended);
}

TEST(gate, opens_again_for_as_many_as_were_added) {
  gate::gate g(coupon_of(1), seed);
  admit(g, 1);
  coupon raised = g.coupon();
  raised.total_quantity = 2;
  g.configure(raised);
  EXPECT_EQ(admit(g, 2).sequence, 2);
  EXPECT_EQ(g.decide(user_id{3}, during).what, verdict::sold_out);
}

TEST(gate, is_rebuilt_from_issues_in_sequence_and_from_nothing_else) {
  gate::gate g(coupon_of(5), seed);
  g.restore({coupon_id{7}, user_id{9}, 1, issue_status::issued, during, {}});
  g.restore({coupon_id{7}, user_id{8}, 2, issue_status::used, during, end});
  EXPECT_EQ(g.find(user_id{8})->status, issue_status::used);
  EXPECT_EQ(g.find(user_id{8})->date_used, end);
  EXPECT_EQ(g.find(user_id{9})->date_issued, during);
  EXPECT_THROW(g.restore({coupon_id{7}, user_id{6}, 4, issue_status::issued, during, {}}), std::runtime_error);
}

TEST(gate, finds_each_of_very_many_users) {
  gate::gate g(coupon_of({}), seed);
  constexpr std::int64_t users = 100'000;
  for (std::int64_t u = 1; u <= users; ++u) {
    g.stage(user_id{u * 7919}, during);
    if (u % 1000 == 0) g.commit_staged();
  }
  for (std::int64_t u = 1; u <= users; ++u) {
    ASSERT_EQ(g.find(user_id{u * 7919})->sequence, u);
    ASSERT_FALSE(g.find(user_id{u * 7919 + 1}));
  }
}

// For ThreadSanitizer: readers see only whole admissions, in an order that never goes back.
TEST(gate, may_be_read_while_it_is_written) {
  gate::gate g(coupon_of({}), seed);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    std::int32_t seen = 0;
    while (!done) {
      const std::int32_t now_seen = g.coupon().issued_quantity;
      EXPECT_GE(now_seen, seen);
      seen = now_seen;
      if (seen == 0) continue;
      EXPECT_EQ(g.early_decision(user_id{seen}, during).what, verdict::already_issued);
    }
  });
  for (std::int64_t u = 1; u <= 20'000; ++u) {
    g.stage(user_id{u}, during);
    if (u % 7 == 0) g.commit_staged();
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace firstcome
