// What is kept of an issue: looking it up, using it, and the lists, while the crowd is still writing.

#include <gmock/gmock.h>

#include <set>

#include "support/load_burst.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;

class records : public system_test {
 protected:
  http_response use(std::int64_t offer, std::int64_t user, int amount) {
    return server().admin().post(issue_path(offer, user) + "/use", R"({"orderAmount":)" + std::to_string(amount) + "}");
  }

  // Walks a list to its end by its cursors.
  static boost::json::array whole_list(http_client client, const std::string& path, int limit) {
    boost::json::array all;
    std::string cursor;
    do {
      const http_response page = client.get(path + "?limit=" + std::to_string(limit) + cursor);
      EXPECT_EQ(page.status, 200) << page;
      if (page.status != 200) break;
      const boost::json::value body = page.json();
      const boost::json::array& items = body.at("items").as_array();
      EXPECT_LE(items.size(), static_cast<std::size_t>(limit));
      all.insert(all.end(), items.begin(), items.end());
      cursor = page.text("nextCursor").empty() ? "" : "&cursor=" + page.text("nextCursor");
    } while (!cursor.empty());
    return all;
  }
};

TEST_F(records, an_issue_is_used_once_and_only_for_enough) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10, .min_available_amount = 30'000});
  const http_response issued = ask_for_issue(server(), offer, 1);
  ASSERT_EQ(issued.status, 201);
  EXPECT_TRUE(is_problem(use(offer, 1, 29'999), 422, "below_minimum"));
  EXPECT_TRUE(is_problem(use(offer, 2, 30'000), 404, "issue_not_found"));
  const http_response used = use(offer, 1, 30'000);
  EXPECT_EQ(used.status, 200) << used;
  EXPECT_EQ(used.text("status"), "used");
  EXPECT_NE(used.text("dateUsed"), "");
  EXPECT_EQ(used.text("dateIssued"), issued.text("dateIssued"));
  EXPECT_TRUE(is_problem(use(offer, 1, 30'000), 409, "already_used"));
  EXPECT_EQ(server().client().get(issue_path(offer, 1)).json(), used.json());
  const http_response again = ask_for_issue(server(), offer, 1);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.number("sequence"), 1);
  EXPECT_TRUE(read_ledger(server().data_dir()).issues_of(offer).at(0).date_used_us.has_value());
}

TEST_F(records, of_two_uses_at_once_exactly_one_succeeds) {
  const std::int64_t offer = create_coupon(server());
  for (std::int64_t user = 1; user <= 20; ++user) {
    ASSERT_EQ(ask_for_issue(server(), offer, user).status, 201);
    const std::string request = to_bytes({.method = "POST",
                                          .target = issue_path(offer, user) + "/use",
                                          .body = R"({"orderAmount":1})",
                                          .bearer = server().admin_token()});
    raw_socket first(server().port());
    raw_socket second(server().port());
    first.send(request);
    second.send(request);
    const std::multiset<int> statuses{response_reader(first).next().status, response_reader(second).next().status};
    EXPECT_EQ(statuses, (std::multiset<int>{200, 409}));
  }
}

TEST_F(records, a_coupons_issues_can_be_walked_while_the_crowd_is_writing) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 2'000});
  std::vector<disturbance> walks;
  std::size_t seen_before = 0;
  for (std::size_t i = 1; i <= 5; ++i)
    walks.push_back({.after_answers = i * 250, .act = [&] {
                       const boost::json::array all = whole_list(server().admin(), issues_path(offer), 97);
                       std::int64_t expected = 0;
                       for (const auto& item : all) EXPECT_EQ(item.at("sequence").as_int64(), ++expected);
                       EXPECT_GE(all.size(), seen_before);
                       seen_before = all.size();
                     }});
  const auto answers = run_burst(server().port(), crowd(offer, 1, 2'500), {.connections = 64, .disturbances = walks});
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
  EXPECT_GT(seen_before, 0U);
  EXPECT_EQ(whole_list(server().admin(), issues_path(offer), 1'000).size(), 2'000U);
}

TEST_F(records, a_users_issues_come_newest_first_and_each_once) {
  std::vector<std::int64_t> offers;
  for (int i = 0; i < 25; ++i) {
    offers.push_back(create_coupon(server()));
    ASSERT_EQ(ask_for_issue(server(), offers.back(), 7).status, 201);
    ASSERT_EQ(ask_for_issue(server(), offers.back(), 8).status, 201);
  }
  for (const int limit : {1, 4, 25, 1000}) {
    const boost::json::array all = whole_list(server().client(), "/v1/users/7/issues", limit);
    std::vector<std::int64_t> listed;
    for (const auto& item : all) {
      EXPECT_EQ(item.at("userId").as_int64(), 7);
      listed.push_back(item.at("couponId").as_int64());
    }
    EXPECT_EQ(listed, std::vector<std::int64_t>(offers.rbegin(), offers.rend())) << "limit " << limit;
  }
  EXPECT_EQ(whole_list(server().client(), "/v1/users/9/issues", 10).size(), 0U);
}

TEST_F(records, coupons_are_listed_each_once) {
  std::vector<std::int64_t> made;
  for (int i = 0; i < 23; ++i) made.push_back(create_coupon(server()));
  for (const int limit : {1, 5, 100}) {
    std::vector<std::int64_t> listed;
    for (const auto& item : whole_list(server().client(), "/v1/coupons", limit))
      listed.push_back(item.at("id").as_int64());
    EXPECT_EQ(listed, made) << "limit " << limit;
  }
}

}  // namespace
}  // namespace firstcome::testing
