// The window in which a coupon is issued, by the gate's clock: start ≤ now < end.

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>

#include "domain/time.hpp"
#include "support/eventually.hpp"
#include "support/load_burst.hpp"
#include "support/operator_log.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class window : public system_test {
 protected:
  // Starts the server again with its clock moved, on the same folder.
  void move_clock(std::chrono::milliseconds offset) {
    ASSERT_EQ(server().terminate(), exited_with(0));
    server().start({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", std::to_string(offset.count())}});
  }

  std::string state(std::int64_t offer) { return std::string(show_coupon(server(), offer).at("state").as_string()); }
};

TEST_F(window, before_the_start_the_answer_says_when_to_come_back) {
  const std::int64_t offer = create_coupon(server(), {.starts_in = 1h, .ends_in = 2h});
  const http_response refused = ask_for_issue(server(), offer, 1);
  EXPECT_TRUE(is_problem(refused, 409, "not_started"));
  const int retry_after_s = std::atoi(refused.header("retry-after").c_str());
  EXPECT_GE(retry_after_s, 3590);
  EXPECT_LE(retry_after_s, 3601);
  EXPECT_EQ(state(offer), "scheduled");
}

TEST_F(window, the_gates_clock_decides_and_not_the_wall) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 2, .starts_in = 1h, .ends_in = 2h});
  move_clock(1h - 60s);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 1), 409, "not_started"));
  move_clock(1h + 60s);
  EXPECT_EQ(state(offer), "open");
  EXPECT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  move_clock(2h - 60s);
  EXPECT_EQ(ask_for_issue(server(), offer, 2).status, 201);
  move_clock(2h + 1s);
  EXPECT_EQ(state(offer), "ended");
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 3), 409, "ended"));
  EXPECT_EQ(ask_for_issue(server(), offer, 1).status, 200) << "a winner always hears yes";
  move_clock(0ms);
}

// Every refusal and every admission on both sides of both edges is held against the clock of this machine, which is
// the server's too: a request that was sent after the start is not "not started", one answered before it is no yes.
TEST_F(window, the_edges_fall_at_their_instants) {
  const auto now_us = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const std::int64_t offer = create_coupon(server(), {.quantity = std::nullopt, .starts_in = 400ms, .ends_in = 800ms});
  const boost::json::object shown = show_coupon(server(), offer);
  const auto edge = [&shown](const char* name) {
    return to_microseconds(from_rfc3339(shown.at(name).as_string()).value());
  };
  const std::int64_t start_us = edge("dateIssueStart");
  const std::int64_t end_us = edge("dateIssueEnd");
  http_client client = server().client();
  int refused_before = 0;
  int issued = 0;
  for (std::string code; code != "ended";) {
    const std::int64_t sent_us = now_us();
    const http_response answer = client.post(issues_path(offer), issue_body(next_user()));
    const std::int64_t answered_us = now_us();
    code = answer.code();
    if (code == "not_started") {
      ++refused_before;
      ASSERT_LT(sent_us, start_us);
    } else if (answer.status == 201) {
      ++issued;
      ASSERT_GE(answered_us, start_us);
      ASSERT_LT(sent_us, end_us);
      const std::int64_t issued_us = to_microseconds(from_rfc3339(answer.text("dateIssued")).value());
      ASSERT_GE(issued_us, start_us);
      ASSERT_LT(issued_us, end_us);
    } else {
      ASSERT_EQ(code, "ended") << answer;
      ASSERT_GE(answered_us, end_us);
    }
  }
  EXPECT_GT(refused_before, 0);
  EXPECT_GT(issued, 0);
}

// Batches, and answers that skip them, at both edges: whatever one user heard of the clock binds what a later one
// hears.
TEST_F(window, a_crowd_at_both_edges_hears_of_one_clock) {
  const auto in_history = [](const boost::json::value& text) {
    const auto when = from_rfc3339(text.as_string()).value();
    const auto from_now = when.time_since_epoch() - std::chrono::system_clock::now().time_since_epoch();
    return history_now() + std::chrono::nanoseconds(from_now).count();
  };
  const std::int64_t offer = create_coupon(server(), {.quantity = std::nullopt, .starts_in = 300ms, .ends_in = 700ms});
  const boost::json::object shown = show_coupon(server(), offer);
  const auditor::assumptions given{.window = auditor::issue_window{.start = in_history(shown.at("dateIssueStart")),
                                                                   .end = in_history(shown.at("dateIssueEnd")),
                                                                   .slack_ns = 5'000'000}};
  std::vector<issue_answer> answers;
  for (std::int64_t first = 1; count_code(answers, "ended") == 0; first += 500)
    append(answers, run_burst(server().port(), crowd(offer, first, 500)));
  EXPECT_GT(count_code(answers, "not_started"), 0U);
  EXPECT_GT(count_winners(answers), 0U);
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer, given), ::testing::IsEmpty());
}

TEST_F(window, verdicts_come_in_the_gates_order) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 1, .starts_in = -1h, .ends_in = 1h});
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 2), 409, "sold_out"));
  move_clock(2h);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 2), 409, "ended"));
  ASSERT_EQ(change_coupon(server(), offer, {{"paused", true}}).status, 200);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 2), 409, "paused"));
  EXPECT_EQ(state(offer), "paused");
  EXPECT_EQ(ask_for_issue(server(), offer, 1).status, 200);
  move_clock(0ms);
}

}  // namespace
}  // namespace firstcome::testing
