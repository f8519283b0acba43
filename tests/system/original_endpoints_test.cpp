// The original service's endpoints over the same issuer, with its comments to the letter.

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class original_endpoints : public system_test, public ::testing::WithParamInterface<const char*> {
 protected:
  http_response ask(std::int64_t offer, std::int64_t user) {
    return server().client().post(
        GetParam(), R"({"userId":)" + std::to_string(user) + R"(,"couponId":)" + std::to_string(offer) + "}");
  }

  void expect_no(const http_response& answer, const std::string& comment) {
    EXPECT_EQ(answer.status, 200) << answer;
    const boost::json::value expected = {{"isSuccess", false}, {"comment", comment}};
    EXPECT_EQ(answer.json(), expected) << answer;
  }
};

TEST_P(original_endpoints, business_outcomes_are_200_with_the_original_comments) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 1});
  const http_response yes = ask(offer, 1);
  EXPECT_EQ(yes.status, 200) << yes;
  EXPECT_EQ(yes.json(), (boost::json::value{{"isSuccess", true}})) << yes;
  expect_no(ask(offer, 1), "이미 발급된 쿠폰입니다.");
  expect_no(ask(offer, 2), "쿠폰 발급 수량이 유효하지 않습니다.");
  expect_no(ask(offer + 1000, 2), "존재하지 않는 쿠폰입니다.");
  expect_no(ask(create_coupon(server(), {.starts_in = 1h, .ends_in = 2h}), 1), "쿠폰 발급 기간이 유효하지 않습니다.");
  expect_no(ask(create_coupon(server(), {.starts_in = -2h, .ends_in = -1h}), 1), "쿠폰 발급 기간이 유효하지 않습니다.");
  const std::int64_t paused = create_coupon(server());
  ASSERT_EQ(change_coupon(server(), paused, {{"paused", true}}).status, 200);
  expect_no(ask(paused, 1), "쿠폰 발급 기간이 유효하지 않습니다.");
}

TEST_P(original_endpoints, share_the_gate_with_the_other_endpoints) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 2});
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  expect_no(ask(offer, 1), "이미 발급된 쿠폰입니다.");
  ASSERT_EQ(ask(offer, 2).json(), (boost::json::value{{"isSuccess", true}}));
  EXPECT_EQ(ask_for_issue(server(), offer, 2).number("sequence"), 2);
}

std::string name_of_path(const ::testing::TestParamInfo<const char*>& path) {
  return std::string(path.param + 1, 2) + (std::string(path.param).ends_with("async") ? "_async" : "");
}

INSTANTIATE_TEST_SUITE_P(all, original_endpoints, ::testing::Values("/v1/issue", "/v1/issue-async", "/v2/issue-async"),
                         name_of_path);

}  // namespace
}  // namespace firstcome::testing
