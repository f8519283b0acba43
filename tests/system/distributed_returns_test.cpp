// A fifth of the winners gives the coupon back while the crowd still asks, and an API node is killed meanwhile: each
// place is given once more, nobody gets two, and the books agree.

#include <gmock/gmock.h>

#include <future>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

constexpr int places_to_return = 200;
constexpr int returns = 40;

class distributed_returns : public distributed_test {
 protected:
  std::int64_t create_with_pool() {
    boost::json::object wish = to_json({.quantity = places_to_return});
    wish["restock"] = "pool";
    const http_response made = shape().api().admin().post("/v1/coupons", boost::json::serialize(wish));
    EXPECT_EQ(made.status, 201) << made;
    return made.number("id");
  }
  /// Asked again, at the other node, until there is an answer that says yes or no.
  http_response give_back(std::int64_t offer, std::int64_t user) {
    http_response heard;
    std::size_t n = static_cast<std::size_t>(user);
    eventually([&] {
      try {
        heard = shape().api(n++ % 2).admin().post(issue_path(offer, user) + "/return", R"({"reason":"test"})");
      } catch (const std::exception&) {
        return false;  // that node was killed
      }
      return heard.status != 503 && heard.status != 0;  // 0: that node was killed
    });
    return heard;
  }
};

TEST_F(distributed_returns, while_the_crowd_asks_and_a_node_is_killed_each_place_is_given_once_more) {
  const std::int64_t offer = create_with_pool();
  const auto first = shape().burst_until_answered(crowd(offer, 1, places_to_return), {.connections = 32});
  ASSERT_EQ(count_winners(first), static_cast<std::size_t>(places_to_return));
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);

  std::vector<std::future<http_response>> returned;
  for (std::int64_t user = 1; user <= returns; ++user)
    returned.push_back(std::async(std::launch::async, [this, offer, user] { return give_back(offer, user); }));
  shape().api(0).kill_hard();
  for (auto& one : returned) {
    const http_response answer = one.get();
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.text("status"), "returned") << answer;
  }
  shape().api(0).start();

  // Everybody who returned asks late again, and 200 new ones come.
  std::vector<issue_ask> asks = crowd(offer, 1, returns);
  const auto new_ones = crowd(offer, places_to_return + 1, 200);
  asks.insert(asks.end(), new_ones.begin(), new_ones.end());
  const auto second = shape().burst_until_answered(asks, {.connections = 32});
  EXPECT_EQ(count_code(second, "returned"), static_cast<std::size_t>(returns));
  EXPECT_EQ(count_winners(second), static_cast<std::size_t>(returns));
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), places_to_return + returns);
  const boost::json::object shown = show_coupon(shape().api(1), offer);
  EXPECT_EQ(shown.at("issuedQuantity").as_int64(), places_to_return);
  EXPECT_EQ(shown.at("returnedQuantity").as_int64(), returns);
  EXPECT_EQ(shown.at("remainingQuantity").as_int64(), 0);
  const finished_child audit =
      run_to_end({.arguments = {firstcome_program(), "audit"}, .environment = shape().environment()});
  EXPECT_EQ(audit.status, exited_with(0)) << audit.out << audit.err;
}

}  // namespace
}  // namespace firstcome::testing
