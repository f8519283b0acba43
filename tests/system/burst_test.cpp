// The main job, with the real binary: a crowd many times larger than the quantity, all at once.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "support/load_burst.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;

class burst : public system_test {
 protected:
  ledger_rows ledger() { return read_ledger(server().data_dir()); }
};

TEST_F(burst, ten_thousand_users_and_500_coupons_make_exactly_500_issues) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 500});
  const auto answers = run_burst(server().port(), crowd(offer, 1, 10'000), {.connections = 256});
  EXPECT_EQ(answers.size(), 10'000U);
  EXPECT_EQ(count_status(answers, 201), 500U);
  EXPECT_EQ(count_code(answers, "sold_out"), 9'500U);
  EXPECT_EQ(ledger().issues_of(offer).size(), 500U);
  EXPECT_THAT(broken_promises(answers, ledger(), offer), IsEmpty());
  const boost::json::object shown = show_coupon(server(), offer);
  EXPECT_EQ(shown.at("issuedQuantity").as_int64(), 500);
  EXPECT_EQ(shown.at("remainingQuantity").as_int64(), 0);
  EXPECT_EQ(shown.at("state").as_string(), "sold_out");
}

// A third of the users ask three times, next to each other in the crowd, so that the askings meet in one batch.
TEST_F(burst, users_who_ask_three_times_at_once_get_one_coupon) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 500});
  std::vector<issue_ask> asks;
  for (const issue_ask& ask : crowd(offer, 1, 6'000)) asks.insert(asks.end(), ask.user % 3 == 0 ? 3 : 1, ask);
  const auto answers = run_burst(server().port(), asks, {.connections = 256});
  EXPECT_EQ(answers.size(), 10'000U);
  EXPECT_EQ(ledger().issues_of(offer).size(), 500U);
  EXPECT_GT(count_status(answers, 200), 0U) << "nobody asked again while there were coupons: the test tested nothing";
  EXPECT_THAT(broken_promises(answers, ledger(), offer), IsEmpty());
}

TEST_F(burst, an_unlimited_coupon_is_issued_to_everybody) {
  const std::int64_t offer = create_coupon(server(), {.quantity = std::nullopt});
  const auto answers = run_burst(server().port(), crowd(offer, 1, 5'000), {.connections = 128});
  EXPECT_EQ(count_status(answers, 201), 5'000U);
  EXPECT_THAT(broken_promises(answers, ledger(), offer), IsEmpty());
  const boost::json::object shown = show_coupon(server(), offer);
  EXPECT_EQ(shown.at("issuedQuantity").as_int64(), 5'000);
  EXPECT_TRUE(shown.at("remainingQuantity").is_null());
  EXPECT_EQ(shown.at("state").as_string(), "open");
}

TEST_F(burst, two_coupons_at_once_do_not_disturb_each_other) {
  const std::int64_t first = create_coupon(server(), {.quantity = 300});
  const std::int64_t second = create_coupon(server(), {.quantity = 700});
  std::vector<issue_ask> asks = crowd(first, 1, 3'000);
  const std::vector<issue_ask> others = crowd(second, 1, 3'000, 2);  // the same users
  asks.insert(asks.end(), others.begin(), others.end());
  std::shuffle(asks.begin(), asks.end(), std::mt19937(3));
  const auto answers = run_burst(server().port(), asks, {.connections = 128});
  EXPECT_EQ(ledger().issues_of(first).size(), 300U);
  EXPECT_EQ(ledger().issues_of(second).size(), 700U);
  EXPECT_THAT(broken_promises(answers, ledger(), first), IsEmpty());
  EXPECT_THAT(broken_promises(answers, ledger(), second), IsEmpty());
}

TEST_F(burst, who_asks_again_hears_the_same_record) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 2});
  const http_response first = ask_for_issue(server(), offer, 11);
  ASSERT_EQ(first.status, 201) << first;
  EXPECT_EQ(first.header("location"), issue_path(offer, 11));
  EXPECT_EQ(first.number("couponId"), offer);
  EXPECT_EQ(first.number("userId"), 11);
  EXPECT_EQ(first.number("sequence"), 1);
  EXPECT_EQ(first.text("status"), "issued");
  EXPECT_TRUE(first.json().at("dateUsed").is_null());
  ASSERT_EQ(ask_for_issue(server(), offer, 12).number("sequence"), 2);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 13), 409, "sold_out"));
  const http_response again = ask_for_issue(server(), offer, 11);
  EXPECT_EQ(again.status, 200) << again;
  EXPECT_EQ(again.json(), first.json());
  EXPECT_EQ(server().client().get(issue_path(offer, 11)).json(), first.json());
  EXPECT_TRUE(is_problem(server().client().get(issue_path(offer, 13)), 404, "issue_not_found"));
}

// One after the other on connections of their own, so that every answer left before the next request arrived.
TEST_F(burst, whoever_was_answered_before_another_asked_has_the_lower_sequence) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 200});
  std::vector<http_client> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(server().client());
  for (int user = 1; user <= 200; ++user) {
    const auto which = static_cast<std::size_t>(user) % clients.size();
    EXPECT_EQ(clients[which].post(issues_path(offer), issue_body(user)).number("sequence"), user);
  }
}

}  // namespace
}  // namespace firstcome::testing
