#include "issuing/embedded/writer_thread.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <set>

#include "issuing/embedded/issuer.hpp"
#include "support/answer_inbox.hpp"

namespace firstcome {
namespace {

using namespace issuing;
using firstcome::testing::test_call;

const timestamp day = from_microseconds(1'500'000'000'123'456);
constexpr std::chrono::seconds long_enough{20};

class manual_clock final : public runtime::clock {
 public:
  std::atomic<timestamp> present{day};
  timestamp now() const override { return present; }
  monotonic monotonic_now() const override { return {}; }
};

/// A ledger in memory whose commits can be held up, refused or made to break: what a disk does.
class scripted_ledger final : public ledger::writer {
 public:
  ledger::commit_outcome commit(std::span<const ledger::new_issue> rows) override {
    std::unique_lock locked(lock_);
    ++commits_begun_;
    changed_.notify_all();
    changed_.wait(locked, [&] { return !held_; });
    if (broken_) throw ledger::ledger_broken("the disk is gone");
    if (full_) return ledger::commit_outcome::rolled_back;
    batches_.emplace_back(rows.begin(), rows.end());
    return ledger::commit_outcome::committed;
  }
  result<coupon> create(const coupon_draft&, timestamp, const actor&, const std::optional<idempotency_key>&) override {
    return errc::overloaded;
  }
  result<coupon> store(const coupon& changed, timestamp, const actor&) override { return changed; }
  result<issue_record> take_step(coupon_id, user_id, const issue_step&, timestamp, const actor&) override {
    return errc::overloaded;
  }
  void checkpoint_if_due(bool) override {}

  void hold(bool on) { set(held_, on); }
  void fill_up(bool on) { set(full_, on); }
  void break_down() { set(broken_, true); }
  void wait_for_commit(int number) {
    std::unique_lock locked(lock_);
    ASSERT_TRUE(changed_.wait_for(locked, long_enough, [&] { return commits_begun_ >= number; }));
  }
  std::vector<std::vector<ledger::new_issue>> batches() {
    std::unique_lock locked(lock_);
    return batches_;
  }

 private:
  void set(bool& what, bool on) {
    std::unique_lock locked(lock_);
    what = on;
    changed_.notify_all();
  }

  std::mutex lock_;
  std::condition_variable changed_;
  bool held_ = false;
  bool full_ = false;
  bool broken_ = false;
  int commits_begun_ = 0;
  std::vector<std::vector<ledger::new_issue>> batches_;
};

class embedded_writer_test : public ::testing::Test {
 protected:
  embedded_writer_test() {
    for (const std::int64_t id : {1, 2}) {
      coupon c;
      c.id = coupon_id{id};
      c.total_quantity = 3;
      c.window = {day - std::chrono::hours(1), day + std::chrono::hours(1)};
      gates.add(c);
    }
  }

  void start(std::size_t waiting_max = 100) {
    embedded_writer_thread::hooks on;
    on.on_batch = [this](const embedded_writer::batch_report& r) { largest_batch = std::max(largest_batch, r.calls); };
    on.on_broken = [this](const std::string& what) { broken = what; };
    writer.emplace(ledger, gates, clock, waiting_max, on);
    asked.emplace(gates, *writer);
  }

  manual_clock clock;
  scripted_ledger ledger;
  gate::gate_table gates{99};
  firstcome::testing::answer_inbox answers;
  std::size_t largest_batch = 0;
  std::string broken;
  std::optional<embedded_writer_thread> writer;
  std::optional<embedded_issuer> asked;
};

TEST_F(embedded_writer_test, answers_a_lone_call_after_its_commit_and_not_before) {
  start();
  ledger.hold(true);
  test_call call(answers, 1, 42);
  ASSERT_FALSE(asked->issue(call));
  ledger.wait_for_commit(1);
  EXPECT_EQ(answers.count(), 0);
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(1));
  EXPECT_EQ(call.what(), verdict::admitted);
  EXPECT_EQ(call.answer.value().record.sequence, 1);
  EXPECT_EQ(call.answer.value().record.date_issued, to_whole_milliseconds(day));
}

TEST_F(embedded_writer_test, makes_one_batch_of_all_that_arrives_during_a_commit) {
  start();
  ledger.hold(true);
  test_call first(answers, 1, 1);
  asked->issue(first);
  ledger.wait_for_commit(1);
  test_call second(answers, 1, 2), third(answers, 2, 1), fourth(answers, 1, 3), late(answers, 1, 4);
  for (test_call* one : {&second, &third, &fourth, &late}) ASSERT_FALSE(asked->issue(*one));
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(5));
  ASSERT_EQ(ledger.batches().size(), 2u);
  EXPECT_EQ(ledger.batches()[1].size(), 3u);
  EXPECT_EQ(fourth.answer.value().record.sequence, 3);
  EXPECT_EQ(third.answer.value().record.sequence, 1);
  EXPECT_EQ(late.what(), verdict::sold_out);
}

TEST_F(embedded_writer_test, admits_a_user_once_who_asks_three_times_in_one_batch) {
  start();
  ledger.hold(true);
  test_call before(answers, 2, 7);
  asked->issue(before);
  ledger.wait_for_commit(1);
  test_call a(answers, 1, 42), b(answers, 1, 42), c(answers, 1, 42);
  for (test_call* one : {&a, &b, &c}) ASSERT_FALSE(asked->issue(*one));
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(4));
  EXPECT_EQ(a.what(), verdict::admitted);
  EXPECT_EQ(b.what(), verdict::already_issued);
  EXPECT_EQ(c.what(), verdict::already_issued);
  EXPECT_EQ(b.answer.value().record, a.answer.value().record);
  EXPECT_EQ(ledger.batches()[1].size(), 1u);
}

TEST_F(embedded_writer_test, forgets_a_batch_that_was_rolled_back_and_goes_on) {
  start();
  ledger.fill_up(true);
  test_call refused(answers, 1, 1);
  asked->issue(refused);
  ASSERT_TRUE(answers.wait_for(1));
  EXPECT_EQ(refused.answer.error(), make_error_code(errc::overloaded));
  EXPECT_FALSE(gates.find(coupon_id{1})->find(user_id{1}));
  ledger.fill_up(false);
  test_call again(answers, 1, 1);
  asked->issue(again);
  ASSERT_TRUE(answers.wait_for(2));
  EXPECT_EQ(again.what(), verdict::admitted);
  EXPECT_EQ(again.answer.value().record.sequence, 1);
}

TEST_F(embedded_writer_test, answers_nobody_when_the_ledger_breaks) {
  start();
  ledger.break_down();
  test_call call(answers, 1, 1);
  asked->issue(call);
  ledger.wait_for_commit(1);
  writer.reset();
  EXPECT_EQ(broken, "the disk is gone");
  EXPECT_EQ(answers.count(), 0);
}

TEST_F(embedded_writer_test, refuses_at_once_when_the_queue_is_full) {
  start(1);
  ledger.hold(true);
  test_call under_way(answers, 1, 1), waits(answers, 1, 2), too_many(answers, 1, 3);
  asked->issue(under_way);
  ledger.wait_for_commit(1);
  EXPECT_FALSE(asked->issue(waits));
  EXPECT_TRUE(asked->issue(too_many));
  EXPECT_EQ(too_many.answer.error(), make_error_code(errc::overloaded));
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(2));
}

TEST_F(embedded_writer_test, lets_a_waiting_call_go_but_not_one_that_is_under_way) {
  start();
  ledger.hold(true);
  test_call under_way(answers, 1, 1), waits(answers, 1, 2);
  asked->issue(under_way);
  ledger.wait_for_commit(1);
  asked->issue(waits);
  EXPECT_TRUE(asked->withdraw(waits));
  EXPECT_FALSE(asked->withdraw(under_way));
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(1));
  EXPECT_FALSE(asked->withdraw(under_way));
  EXPECT_FALSE(gates.find(coupon_id{1})->find(user_id{2}));
}

TEST_F(embedded_writer_test, admits_nobody_whose_deadline_has_passed) {
  start();
  test_call late(answers, 1, 1, monotonic{});
  asked->issue(late);
  ASSERT_TRUE(answers.wait_for(1));
  EXPECT_EQ(late.answer.error(), make_error_code(errc::overloaded));
  EXPECT_TRUE(ledger.batches().empty());
}

TEST_F(embedded_writer_test, says_at_once_what_the_committed_state_says) {
  start();
  test_call unknown(answers, 99, 1);
  EXPECT_TRUE(asked->issue(unknown));
  EXPECT_EQ(unknown.what(), verdict::coupon_not_found);
  test_call first(answers, 1, 1), second(answers, 1, 2), third(answers, 1, 3);
  for (test_call* one : {&first, &second, &third}) asked->issue(*one);
  ASSERT_TRUE(answers.wait_for(3));
  test_call again(answers, 1, 2), late(answers, 1, 4);
  EXPECT_TRUE(asked->issue(again));
  EXPECT_EQ(again.answer.value().record.sequence, 2);
  EXPECT_TRUE(asked->issue(late));
  EXPECT_EQ(late.what(), verdict::sold_out);
}

TEST_F(embedded_writer_test, says_no_final_no_by_the_clock_while_the_same_user_may_be_on_the_way_in) {
  start();
  ledger.hold(true);
  test_call first(answers, 1, 1);
  asked->issue(first);
  ledger.wait_for_commit(1);
  clock.present = day + std::chrono::hours(2);  // the window is over; the commit is not
  test_call again(answers, 1, 1), stranger(answers, 1, 2);
  EXPECT_FALSE(asked->issue(again));
  EXPECT_FALSE(asked->issue(stranger));
  ledger.hold(false);
  ASSERT_TRUE(answers.wait_for(3));
  EXPECT_EQ(again.what(), verdict::already_issued);
  EXPECT_EQ(stranger.what(), verdict::ended);
}

TEST_F(embedded_writer_test, finishes_what_waits_before_it_goes) {
  start();
  ledger.hold(true);
  test_call first(answers, 1, 1), second(answers, 1, 2);
  asked->issue(first);
  ledger.wait_for_commit(1);
  asked->issue(second);
  std::thread stop([&] { writer.reset(); });
  ledger.hold(false);
  stop.join();
  EXPECT_EQ(answers.count(), 2);
}

// For ThreadSanitizer: many askers, few coupons, and each promise that memory alone can keep.
TEST_F(embedded_writer_test, admits_exactly_the_quantity_however_many_ask_at_once) {
  start(10'000);
  constexpr int askers = 4, each = 300;
  std::vector<std::unique_ptr<test_call>> calls;
  for (int n = 0; n < askers * each; ++n) calls.push_back(std::make_unique<test_call>(answers, 1 + n % 2, 1 + n / 4));
  std::atomic<int> at_once{0};
  std::vector<std::thread> threads;
  for (int a = 0; a < askers; ++a)
    threads.emplace_back([&, a] {
      for (int n = a; n < askers * each; n += askers) at_once += asked->issue(*calls[static_cast<std::size_t>(n)]);
    });
  for (std::thread& one : threads) one.join();
  ASSERT_TRUE(answers.wait_for(askers * each - at_once));
  std::map<std::int64_t, std::set<sequence_number>> sequences;
  int admitted = 0;
  for (const auto& call : calls) {
    if (call->what() != verdict::admitted) continue;
    ++admitted;
    sequences[raw(call->coupon)].insert(call->answer.value().record.sequence);
  }
  EXPECT_EQ(admitted, 6);
  EXPECT_EQ(sequences[1], (std::set<sequence_number>{1, 2, 3}));
  EXPECT_EQ(sequences[2], (std::set<sequence_number>{1, 2, 3}));
}

}  // namespace
}  // namespace firstcome
