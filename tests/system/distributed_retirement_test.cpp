// Long after the event: the gate is retired, and whoever asks hears of the ledger what the gate would have said, at
// nodes that were there and at nodes that were started since.

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class distributed_retirement : public distributed_test {
 protected:
  static constexpr std::int64_t winner = 1;
  static constexpr std::int64_t stranger = 999;

  /// A coupon that ended long ago, whose gate a worker has retired.
  std::int64_t retired_coupon() {
    start_shape({.apis = 2, .workers = 1});
    const std::int64_t offer = create({.quantity = 5, .starts_in = -30 * 24h});
    for (std::int64_t user = winner; user < winner + 3; ++user)
      EXPECT_EQ(ask_for_issue(shape().api(), offer, user).status, 202);
    EXPECT_TRUE(shape().drained(offer)) << shape().state_of(offer);
    const http_response ended = change_coupon(
        shape().api(), offer, {{"dateIssueEnd", "2020-01-02T00:00:00Z"}, {"dateIssueStart", "2020-01-01T00:00:00Z"}});
    EXPECT_EQ(ended.status, 200) << ended;
    EXPECT_TRUE(eventually([&] {
      shape().ask_redis({"PUBLISH", "fc:log", std::to_string(offer)});
      return shape().meta(offer, "state") == "retired";
    })) << shape().state_of(offer);
    return offer;
  }

  void expect_the_ledgers_answers(server_under_test& node, std::int64_t offer) {
    const http_response again = ask_for_issue(node, offer, winner);
    EXPECT_EQ(again.status, 200) << again;
    const http_response late = ask_for_issue(node, offer, stranger);
    EXPECT_EQ(late.status, 409) << late;
    EXPECT_EQ(late.code(), "ended");
    const http_response shown = node.client().get("/v1/coupons/" + std::to_string(offer));
    EXPECT_EQ(shown.status, 200) << shown;
    EXPECT_EQ(shown.number("issuedQuantity"), 3) << shown;
    EXPECT_EQ(node.client().get(issue_path(offer, winner)).status, 200);
    const http_response nobody = node.client().get(issue_path(offer, stranger));
    EXPECT_EQ(nobody.status, 404) << nobody;
    const http_response used = node.admin().post(issue_path(offer, stranger) + "/use", R"({"orderAmount":1000})");
    EXPECT_EQ(used.status, 404) << used;
  }
};

TEST_F(distributed_retirement, every_node_answers_from_the_ledger) {
  const std::int64_t offer = retired_coupon();
  expect_the_ledgers_answers(shape().api(), offer);
  ASSERT_TRUE(shape().api(1).terminate());
  shape().api(1).start();  // it never saw the gate open
  expect_the_ledgers_answers(shape().api(1), offer);
  EXPECT_EQ(shape().api(0).admin().post(issue_path(offer, winner) + "/use", R"({"orderAmount":1000})").status, 200);
}

TEST_F(distributed_retirement, opened_again_it_lets_in_whom_it_has_room_for_and_nobody_cries_loss) {
  const std::int64_t offer = retired_coupon();
  ASSERT_TRUE(shape().api(1).terminate());
  shape().api(1).start();
  const http_response extended = change_coupon(shape().api(1), offer, {{"dateIssueEnd", "2100-01-01T00:00:00Z"}});
  ASSERT_EQ(extended.status, 200) << extended << shape().api(1).err() << shape().worker().err()
                                  << shape().state_of(offer);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_EQ(ask_for_issue(shape().api(n), offer, winner).status, 200);
    const http_response fresh = ask_for_issue(shape().api(n), offer, 100 + static_cast<std::int64_t>(n));
    EXPECT_EQ(fresh.status, 202) << fresh;
  }
  EXPECT_EQ(ask_for_issue(shape().api(), offer, stranger).code(), "sold_out");
  EXPECT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), 5);
  for (std::size_t n = 0; n < 2; ++n)
    EXPECT_EQ(shape().api(n).err().find("is lost"), std::string::npos) << shape().api(n).err();
  EXPECT_EQ(shape().worker().err().find("is lost"), std::string::npos) << shape().worker().err();
}

}  // namespace
}  // namespace firstcome::testing
