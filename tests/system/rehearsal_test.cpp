// A rehearsal at real nodes: a made-up crowd comes to a coupon of its own, behind the same gate as everybody, and gives
// way to who is real.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* route = "/v1/rehearsals";
constexpr std::int64_t made_up_first = 9'007'199'254'000'001;

json::value progress_at(server_under_test& node) {
  return node.admin().get("/v1/stats").json().at("rehearsal");
}

bool is_over(server_under_test& node) {
  return !progress_at(node).at("running").as_bool();
}

class rehearsal : public system_test {};
class distributed_rehearsal : public distributed_test {};

TEST_F(rehearsal, is_for_nodes_that_were_started_for_it) {
  EXPECT_TRUE(is_problem(server().admin().post(route, "{}"), 404, "not_found"));
  EXPECT_TRUE(is_problem(server().client().post(route, "{}"), 401, "unauthorized"));
}

TEST_F(rehearsal, fills_its_own_coupon_and_no_other) {
  start_server({.flags = {"--rehearsal"}});
  const std::int64_t real = create_coupon(server(), {.quantity = 5});
  const http_response begun = server().admin().post(route, R"({"users":300,"totalQuantity":40,"seconds":2})");
  ASSERT_EQ(begun.status, 201) << begun;
  const std::int64_t made = begun.number("id");
  EXPECT_EQ(begun.text("title").find("[rehearsal] "), 0U) << begun;
  EXPECT_EQ(ask_for_issue(server(), real, 1).status, 201) << "real users are served beside it";
  ASSERT_TRUE(eventually([&] { return is_over(server()); })) << json::serialize(progress_at(server()));
  const json::value progress = progress_at(server());
  EXPECT_EQ(progress.at("answered"), 300) << json::serialize(progress);
  EXPECT_EQ(progress.at("admitted"), 40) << json::serialize(progress);

  const json::value page = server().admin().get(issues_path(made)).json();
  ASSERT_EQ(page.at("items").as_array().size(), 40U);
  for (const json::value& issue : page.at("items").as_array()) {
    EXPECT_GE(issue.at("userId").as_int64(), made_up_first);
    EXPECT_LT(issue.at("userId").as_int64(), made_up_first + 300);
  }
  EXPECT_EQ(show_coupon(server(), made).at("state"), "sold_out");
  EXPECT_EQ(show_coupon(server(), real).at("issuedQuantity"), 1);
  EXPECT_NE(server().client().get("/metrics").body.find(R"(outcome="sold_out")"), std::string::npos);
}

TEST_F(rehearsal, needs_no_users_tokens) {
  start_server({.flags = {"--rehearsal", "--user-auth", "jwt"},
                .environment = {{"FIRSTCOME_JWT_SECRET", "a-secret-of-thirty-two-bytes-or-more"}}});
  const http_response begun = server().admin().post(route, R"({"users":20,"totalQuantity":5,"seconds":1})");
  ASSERT_EQ(begun.status, 201) << begun;
  ASSERT_TRUE(eventually([&] { return is_over(server()); }));
  EXPECT_EQ(progress_at(server()).at("admitted"), 5);
  start_server();  // for the end of every system test, which asks without a token
}

TEST_F(rehearsal, ends_with_its_node_and_leaves_the_books_in_order) {
  start_server({.flags = {"--rehearsal"}});
  const http_response begun = server().admin().post(route, R"({"users":100000,"totalQuantity":100000,"seconds":60})");
  ASSERT_EQ(begun.status, 201) << begun;
  const std::int64_t made = begun.number("id");
  EXPECT_TRUE(is_problem(server().admin().post(route, "{}"), 409, "rehearsal_running"));
  ASSERT_TRUE(eventually([&] { return show_coupon(server(), made).at("issuedQuantity").as_int64() > 100; }));
  EXPECT_EQ(server().terminate(), exited_with(0)) << server().err();
  server().start();  // it refuses books that do not agree
  const std::int64_t left = show_coupon(server(), made).at("issuedQuantity").as_int64();
  EXPECT_GT(left, 100);
  EXPECT_LT(left, 100'000) << "the crowd was through before the node was asked to leave";
  EXPECT_TRUE(is_over(server())) << "a node that starts again has no crowd";
}

TEST_F(distributed_rehearsal, fills_its_coupon_through_the_queue) {
  start_shape({.apis = 2, .workers = 1, .api_flags = {"--rehearsal"}});
  const std::int64_t real = create({.quantity = 5});
  http_response begun;
  ASSERT_TRUE(eventually([&] {
    begun = shape().api(0).admin().post(route, R"({"users":300,"totalQuantity":40,"seconds":2})");
    return begun.status != 503;
  }));
  ASSERT_EQ(begun.status, 201) << begun;
  const std::int64_t made = begun.number("id");
  ASSERT_TRUE(eventually([&] { return is_over(shape().api(0)); })) << json::serialize(progress_at(shape().api(0)));
  EXPECT_EQ(progress_at(shape().api(0)).at("admitted"), 40);
  ASSERT_TRUE(shape().drained(made)) << shape().state_of(made);
  EXPECT_EQ(shape().rows(made), 40);
  EXPECT_EQ(shape().rows(real), 0);
  EXPECT_EQ(shape().mariadb().value("SELECT COUNT(*) FROM coupon_issues WHERE user_id < 9007199254000001",
                                    shape().database()),
            "0");
  EXPECT_EQ(shape().wrong_books(), std::vector<std::string>{});
}

}  // namespace
}  // namespace firstcome::testing
