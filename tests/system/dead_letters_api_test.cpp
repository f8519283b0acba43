// Dead letters over the API, as the console uses it: seen, counted with their age, and given up once, however often
// that is asked.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class dead_letters_over_the_api : public distributed_test {
 protected:
  /// A coupon of ten: users 1 to 5 are let in, and the database refuses user 3.
  std::int64_t offer_with_a_letter() {
    const std::int64_t offer = create({.quantity = 10});
    shape().mariadb().execute("ALTER TABLE coupon_issues ADD CONSTRAINT not_user_3 CHECK (user_id <> 3)",
                              shape().database());
    for (int user = 1; user <= 5; ++user) EXPECT_EQ(ask_for_issue(shape().api(), offer, user).status, 202);
    EXPECT_TRUE(shape().drained(offer)) << shape().state_of(offer);
    EXPECT_EQ(shape().dead_letters(offer), 1);
    return offer;
  }

  json::value queue_of(std::int64_t offer) {
    http_client node = shape().api(1).admin();
    node.get("/v1/coupons/" + std::to_string(offer) + "/live");
    const json::value stats = node.get("/v1/stats").json();
    const json::array& coupons = stats.at("coupons").as_array();
    return coupons.empty() ? json::value() : coupons.front().at("queue");
  }
};

TEST_F(dead_letters_over_the_api, are_listed_and_counted_beside_an_empty_queue) {
  const auto began = std::chrono::steady_clock::now();
  const std::int64_t offer = offer_with_a_letter();
  const json::value page = shape().api(1).admin().get("/v1/dead-letters?couponId=" + std::to_string(offer)).json();
  ASSERT_EQ(page.at("items").as_array().size(), 1u);
  EXPECT_EQ(page.at("items").at(0).at("userId"), 3);
  EXPECT_TRUE(page.at("nextCursor").is_null());
  json::value queue;
  ASSERT_TRUE(eventually([&] {
    queue = queue_of(offer);
    return queue.is_object() && queue.at("waiting") == 0 && queue.at("deadLetters") == 1;
  })) << json::serialize(queue);
  EXPECT_EQ(queue.at("lagMs"), 0) << "a dead letter does not wait";
  const std::chrono::milliseconds age(queue.at("ageMs").as_int64());
  EXPECT_LE(age, std::chrono::steady_clock::now() - began) << "nobody can have looked before there was a coupon";
}

}  // namespace
}  // namespace firstcome::testing
