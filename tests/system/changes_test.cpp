// What an operator does while the crowd is there: raise, lower, pause.

#include <gmock/gmock.h>

#include "support/load_burst.hpp"
#include "support/operator_log.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;

class changes : public system_test {
 protected:
  std::size_t rows(std::int64_t offer) { return read_ledger(server().data_dir()).issues_of(offer).size(); }

  void expect_kept(const std::vector<issue_answer>& answers, std::int64_t offer, const operator_log& operators) {
    EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer, operators.told()), IsEmpty());
  }
};

TEST_F(changes, a_raise_in_a_burst_lets_exactly_that_many_more_in) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 300});
  operator_log operators(300);
  http_response raised;
  const disturbance raise{.after_answers = 1'000, .act = [&] {
                            raised = operators.change(server(), offer, {{"totalQuantity", 500}});
                          }};
  const auto answers = run_burst(server().port(), crowd(offer, 1, 4'000), {.connections = 64, .disturbances = {raise}});
  EXPECT_EQ(raised.status, 200) << raised;
  EXPECT_EQ(raised.number("totalQuantity"), 500);
  EXPECT_EQ(rows(offer), 500U);
  expect_kept(answers, offer, operators);
}

TEST_F(changes, a_lowering_in_a_burst_stops_at_the_new_quantity) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 2'000});
  operator_log operators(2'000);
  http_response too_low;
  http_response lowered;
  const disturbance lower{.after_answers = 400, .act = [&] {
                            too_low = operators.change(server(), offer, {{"totalQuantity", 100}});
                            lowered = operators.change(server(), offer, {{"totalQuantity", 1'200}});
                          }};
  const auto answers = run_burst(server().port(), crowd(offer, 1, 3'000), {.connections = 64, .disturbances = {lower}});
  EXPECT_TRUE(is_problem(too_low, 409, "quantity_below_issued"));
  EXPECT_EQ(lowered.status, 200) << lowered;
  EXPECT_EQ(rows(offer), 1'200U);
  expect_kept(answers, offer, operators);
}

// Lowered again and again to what is just about to be passed: whichever way each race goes, nobody is left over.
TEST_F(changes, lowering_on_the_heels_of_the_crowd_never_leaves_one_too_many) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 100'000});
  operator_log operators(100'000);
  std::vector<disturbance> lowerings;
  int refused = 0;
  int done = 0;
  for (std::size_t i = 1; i <= 20; ++i)
    lowerings.push_back(
        {.after_answers = i * 100, .act = [&] {
           const auto issued = show_coupon(server(), offer).at("issuedQuantity").as_int64();
           const http_response answer = operators.change(server(), offer, {{"totalQuantity", issued + 20}});
           (answer.status == 200 ? done : refused) += 1;
           if (answer.status != 200) {
             EXPECT_TRUE(is_problem(answer, 409, "quantity_below_issued"));
           }
         }});
  const auto answers =
      run_burst(server().port(), crowd(offer, 1, 4'000), {.connections = 64, .disturbances = lowerings});
  EXPECT_EQ(done + refused, 20);
  expect_kept(answers, offer, operators);
}

TEST_F(changes, a_limit_may_be_set_and_lifted) {
  const std::int64_t offer = create_coupon(server(), {.quantity = std::nullopt});
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  ASSERT_EQ(change_coupon(server(), offer, {{"totalQuantity", 1}}).status, 200);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 2), 409, "sold_out"));
  const http_response lifted = change_coupon(server(), offer, {{"totalQuantity", nullptr}});
  ASSERT_EQ(lifted.status, 200) << lifted;
  EXPECT_EQ(ask_for_issue(server(), offer, 2).number("sequence"), 2);
}

TEST_F(changes, after_the_answer_to_a_pause_nobody_is_let_in_until_it_is_lifted) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 1'000});
  operator_log operators(1'000);
  std::chrono::steady_clock::time_point paused_at;
  const disturbance pause{.after_answers = 300, .act = [&] {
                            EXPECT_EQ(operators.change(server(), offer, {{"paused", true}}).status, 200);
                            paused_at = std::chrono::steady_clock::now();
                          }};
  const auto asks = crowd(offer, 1, 2'000);
  auto answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = {pause}});
  for (const issue_answer& answer : answers)
    if (answer.invoked > paused_at) {
      EXPECT_EQ(answer.code, "paused") << answer.status;
    }
  EXPECT_GT(count_code(answers, "paused"), 0U);
  EXPECT_EQ(rows(offer), count_status(answers, 201));
  ASSERT_EQ(operators.change(server(), offer, {{"paused", false}}).status, 200);
  append(answers, run_burst(server().port(), asks, {.connections = 64}));
  EXPECT_EQ(rows(offer), 1'000U);
  expect_kept(answers, offer, operators);
}

TEST_F(changes, an_absent_member_stays_and_an_empty_change_changes_nothing) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10, .title = "before"});
  const boost::json::object before = show_coupon(server(), offer);
  EXPECT_EQ(change_coupon(server(), offer, {}).status, 200);
  EXPECT_EQ(show_coupon(server(), offer), before);
  EXPECT_EQ(change_coupon(server(), offer, {{"title", "after"}}).status, 200);
  const boost::json::object after = show_coupon(server(), offer);
  EXPECT_EQ(after.at("title").as_string(), "after");
  for (const char* member : {"totalQuantity", "dateIssueStart", "dateIssueEnd", "discountAmount", "paused", "state"})
    EXPECT_EQ(after.at(member), before.at(member)) << member;
}

}  // namespace
}  // namespace firstcome::testing
