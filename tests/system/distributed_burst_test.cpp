// The distributed shape under a crowd: two API nodes and three workers on one Redis and one MariaDB.

#include <algorithm>

#include "support/distributed_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;

class distributed_burst : public distributed_test {};

TEST_F(distributed_burst, ten_thousand_users_and_500_coupons_make_exactly_500_issues) {
  const std::int64_t offer = create({.quantity = 500});
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 10'000), {.connections = 256});
  EXPECT_EQ(count_winners(answers), 500U);
  EXPECT_EQ(count_code(answers, "sold_out"), 9'500U);
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 500);
  const boost::json::object shown = show_coupon(shape().api(1), offer);
  EXPECT_EQ(shown.at("issuedQuantity").as_int64(), 500);
  EXPECT_EQ(shown.at("remainingQuantity").as_int64(), 0);
  EXPECT_EQ(shown.at("state").as_string(), "sold_out");
}

// The three askings go to connections that are next to each other, so that they meet on both nodes, in one batch and in
// two.
TEST_F(distributed_burst, users_who_ask_both_nodes_three_times_at_once_get_one_coupon) {
  const std::int64_t offer = create({.quantity = 500});
  std::vector<issue_ask> asks;
  for (const issue_ask& ask : crowd(offer, 1, 2'500)) asks.insert(asks.end(), 3, ask);
  const auto answers = shape().burst_until_answered(asks, {.connections = 256});
  EXPECT_EQ(count_winners(answers), 500U);
  EXPECT_GT(count_status(answers, 200), 500U);
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 500);
}

TEST_F(distributed_burst, many_coupons_at_once_do_not_disturb_each_other) {
  std::vector<std::int64_t> offers;
  std::vector<issue_ask> asks;
  for (int i = 0; i < 10; ++i) {
    offers.push_back(create({.quantity = 40 * (i + 1)}));
    const auto more = crowd(offers.back(), 1, 500, static_cast<std::uint32_t>(i));
    asks.insert(asks.end(), more.begin(), more.end());
  }
  std::shuffle(asks.begin(), asks.end(), std::mt19937(3));
  const auto answers = shape().burst_until_answered(asks, {.connections = 128});
  for (const std::int64_t offer : offers) expect_kept(answers, offer);
  for (std::size_t i = 0; i < offers.size(); ++i) EXPECT_EQ(shape().rows(offers[i]), 40 * static_cast<int>(i + 1));
}

TEST_F(distributed_burst, an_unlimited_coupon_is_issued_to_everybody) {
  const std::int64_t offer = create({.quantity = std::nullopt});
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 5'000), {.connections = 128});
  EXPECT_EQ(count_winners(answers), 5'000U);
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 5'000);
}

// The row and the record, by whichever node and whether the worker was there already.
TEST_F(distributed_burst, who_asks_again_hears_the_same_record_from_either_node) {
  const std::int64_t offer = create({.quantity = 2});
  const http_response first = ask_for_issue(shape().api(0), offer, 11);
  ASSERT_EQ(first.status, 202) << first;
  EXPECT_EQ(first.header("location"), issue_path(offer, 11));
  EXPECT_EQ(first.number("sequence"), 1);
  EXPECT_EQ(first.text("status"), "accepted");
  ASSERT_EQ(ask_for_issue(shape().api(1), offer, 12).number("sequence"), 2);
  EXPECT_EQ(ask_for_issue(shape().api(1), offer, 13).code(), "sold_out");
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  for (std::size_t n = 0; n < shape().apis(); ++n) {
    const http_response again = ask_for_issue(shape().api(n), offer, 11);
    EXPECT_EQ(again.status, 200) << again;
    EXPECT_EQ(again.number("sequence"), 1);
    EXPECT_EQ(again.text("dateIssued"), first.text("dateIssued"));
    const http_response found = shape().api(n).client().get(issue_path(offer, 11));
    EXPECT_EQ(found.text("status"), "issued") << found;
    EXPECT_EQ(found.text("dateIssued"), first.text("dateIssued"));
    EXPECT_EQ(shape().api(n).client().get(issue_path(offer, 13)).code(), "issue_not_found");
  }
}

// Each answer left before the next request arrived, at the other node.
TEST_F(distributed_burst, whoever_was_answered_before_another_asked_has_the_lower_sequence) {
  const std::int64_t offer = create({.quantity = 100});
  std::vector<http_client> clients;
  for (std::size_t i = 0; i < 4; ++i) clients.push_back(shape().api(i % 2).client());
  for (int user = 1; user <= 100; ++user)
    EXPECT_EQ(clients[static_cast<std::size_t>(user) % clients.size()]
                  .post(issues_path(offer), issue_body(user))
                  .number("sequence"),
              user);
}

}  // namespace
}  // namespace firstcome::testing
