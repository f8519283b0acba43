// A coupon's whole life over HTTP: used, undone, returned, and given to the next; also across a kill.

#include <gmock/gmock.h>

#include "support/child_process.hpp"
#include "support/coupon_operations.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::HasSubstr;

class life : public system_test {
 protected:
  http_response use(std::int64_t coupon, std::int64_t user, const std::string& order) {
    return server().admin().post(issue_path(coupon, user) + "/use",
                                 R"({"orderAmount":30000,"orderId":")" + order + "\"}");
  }
  http_response undo(std::int64_t coupon, std::int64_t user, const std::string& order) {
    return server().admin().ask({.method = "DELETE", .target = issue_path(coupon, user) + "/use?orderId=" + order});
  }
  http_response give_back(std::int64_t coupon, std::int64_t user) {
    return server().admin().post(issue_path(coupon, user) + "/return", R"({"reason":"the payment failed"})");
  }
  std::int64_t create(const char* restock) {
    boost::json::object wish = to_json({.quantity = 2});
    wish["restock"] = restock;
    const http_response made = server().admin().post("/v1/coupons", boost::json::serialize(wish));
    EXPECT_EQ(made.status, 201) << made;
    return made.number("id");
  }
  void expect_sound() {
    EXPECT_EQ(server().terminate(), exited_with(0));
    const finished_child audit =
        run_to_end({.arguments = {FIRSTCOME_BINARY, "audit", "--data-dir", server().data_dir().string()}});
    EXPECT_EQ(audit.status, exited_with(0)) << audit.out << audit.err;
    server().start();
  }
};

TEST_F(life, an_order_uses_it_and_undoes_it_also_across_a_kill) {
  const std::int64_t offer = create("none");
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  const http_response used = use(offer, 1, "A-1001");
  ASSERT_EQ(used.status, 200) << used;
  server().kill_hard();
  server().start();
  EXPECT_EQ(use(offer, 1, "A-1001").body, used.body);
  EXPECT_TRUE(is_problem(use(offer, 1, "A-1002"), 409, "already_used"));
  EXPECT_TRUE(is_problem(undo(offer, 1, "A-1002"), 409, "used_by_another_order"));
  EXPECT_EQ(undo(offer, 1, "A-1001").status, 200);
  EXPECT_EQ(undo(offer, 1, "A-1001").status, 200);
  EXPECT_EQ(use(offer, 1, "A-1002").status, 200);
  expect_sound();
}

TEST_F(life, a_returned_place_is_gone_or_goes_to_the_next_also_across_a_kill) {
  for (const char* restock : {"none", "pool"}) {
    SCOPED_TRACE(restock);
    const bool pool = std::string_view(restock) == "pool";
    const std::int64_t offer = create(restock);
    for (const std::int64_t user : {1, 2}) ASSERT_EQ(ask_for_issue(server(), offer, user).status, 201);
    EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 3), 409, "sold_out"));
    const http_response returned = give_back(offer, 1);
    ASSERT_EQ(returned.status, 200) << returned;
    EXPECT_THAT(returned.body, HasSubstr(R"("status":"returned")"));
    EXPECT_EQ(show_coupon(server(), offer).at("issuedQuantity"), 1);
    EXPECT_EQ(show_coupon(server(), offer).at("remainingQuantity"), pool ? 1 : 0);
    server().kill_hard();
    server().start();
    EXPECT_EQ(give_back(offer, 1).body, returned.body);
    EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 1), 409, "returned"));
    const http_response next = ask_for_issue(server(), offer, 3);
    if (pool) {
      EXPECT_EQ(next.status, 201) << next;
      EXPECT_EQ(next.number("sequence"), 3);
    } else {
      EXPECT_TRUE(is_problem(next, 409, "sold_out"));
    }
    EXPECT_TRUE(is_problem(ask_for_issue(server(), offer, 4), 409, "sold_out"));
    EXPECT_EQ(show_coupon(server(), offer).at("returnedQuantity"), pool ? 1 : 0);
    expect_sound();
  }
}

}  // namespace
}  // namespace firstcome::testing
