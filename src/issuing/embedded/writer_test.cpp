// The machine by itself, run by hand: how fast its queue is believed to move. What it decides and answers is tested
// with its thread (writer_thread_test.cpp).

#include "issuing/embedded/writer.hpp"

#include <gtest/gtest.h>

#include "support/answer_inbox.hpp"
#include "support/hand_clock.hpp"

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;
using testing::answer_inbox;
using testing::hand_clock;
using testing::test_call;

/// Each commit, and each housekeeping, takes as long as the test says.
class slow_ledger final : public ledger::writer {
 public:
  explicit slow_ledger(hand_clock& clock) : clock_(clock) {}
  ledger::commit_outcome commit(std::span<const ledger::new_issue>) override {
    clock_.advance(commit_takes);
    return ledger::commit_outcome::committed;
  }
  result<coupon> create(const coupon_draft&, timestamp, const actor&, const std::optional<idempotency_key>&) override {
    return errc::overloaded;
  }
  result<coupon> store(const coupon& changed, timestamp, const actor&) override { return changed; }
  result<issue_record> take_step(coupon_id, user_id, const issue_step&, timestamp, const actor&) override {
    return errc::overloaded;
  }
  std::vector<result<issue_record>> take_steps(std::span<const ledger::step_request> requests) override {
    steps_together.push_back(requests.size());
    return writer::take_steps(requests);
  }
  void checkpoint_if_due(bool) override { clock_.advance(checkpoint_takes); }

  std::vector<std::size_t> steps_together;

  std::chrono::milliseconds commit_takes{1}, checkpoint_takes{0};

 private:
  hand_clock& clock_;
};

class run_by_hand final : public embedded_writer {
 public:
  using embedded_writer::embedded_writer;

 private:
  void on_wake() override {}
};

class embedded_writer_pace : public ::testing::Test {
 protected:
  embedded_writer_pace() {
    coupon c;
    c.id = coupon_id{1};
    c.window = {clock.date - 1h, clock.date + 1h};
    gates.add(c);
  }
  ~embedded_writer_pace() override {
    while (writer.run_once()) {
    }
  }

  test_call& call(std::chrono::milliseconds patience) {
    const auto user = static_cast<std::int64_t>(calls.size()) + 1;
    return calls.emplace_back(answers, 1, user, clock.time + patience);
  }
  /// Whether somebody with so much patience is taken in behind one who waits.
  bool takes_in(std::chrono::milliseconds patience) {
    EXPECT_TRUE(writer.push(call(1h)));  // finds nobody
    return writer.push(call(patience));
  }

  hand_clock clock;
  slow_ledger ledger{clock};
  gate::gate_table gates{99};
  answer_inbox answers;
  std::deque<test_call> calls;
  run_by_hand writer{ledger, gates, clock, 100, [](const embedded_writer::batch_report&) {}};
};

TEST_F(embedded_writer_pace, is_that_of_commit_and_housekeeping_together) {
  ledger.checkpoint_takes = 8s;
  EXPECT_TRUE(writer.push(call(1h)));
  writer.run_once();
  EXPECT_FALSE(takes_in(1900ms)) << "a quarter of the 8 s counts";
  EXPECT_TRUE(writer.push(call(2100ms)));
}

TEST_F(embedded_writer_pace, is_not_that_of_a_batch_in_which_nobody_was_decided) {
  ledger.commit_takes = 8s;
  EXPECT_TRUE(writer.push(call(1h)));
  writer.run_once();
  EXPECT_TRUE(writer.push(call(0ms)));  // finds nobody, and is too late at once
  writer.run_once();
  EXPECT_FALSE(takes_in(1900ms)) << "a quarter of the 8 s still counts";
}

TEST_F(embedded_writer_pace, steps_that_wait_together_are_one_transaction_and_bounded) {
  EXPECT_TRUE(writer.push(call(1h)));
  writer.run_once();
  std::vector<errc> heard;
  const auto ask = [&](std::int64_t user) {
    return writer.take_step(
        {{coupon_id{1}, user_id{user}, return_step{}, clock.date},
         [&](const result<issue_record>& answer) { heard.push_back(static_cast<errc>(answer.error().value())); }});
  };
  EXPECT_TRUE(ask(1));
  EXPECT_TRUE(ask(2)) << "nobody's: answered without the ledger";
  EXPECT_TRUE(ask(1));
  EXPECT_TRUE(heard.empty());
  writer.run_once();
  EXPECT_EQ(ledger.steps_together, std::vector<std::size_t>{2});
  EXPECT_EQ(heard, (std::vector<errc>{errc::overloaded, errc::issue_not_found, errc::overloaded}));
  std::size_t taken = 0;
  while (ask(1)) ++taken;
  EXPECT_EQ(taken, 16'384U);
  while (writer.run_once()) {
  }
}

}  // namespace
}  // namespace firstcome::issuing
