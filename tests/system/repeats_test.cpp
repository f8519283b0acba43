// Clients repeat by themselves what they got no answer to. Each request of the API that changes something is sent
// through a relay that loses the answer after the server got the request, and comes again: at the same node of the
// embedded shape, at another one of the distributed shape. Nothing is made twice, and the answer is that of one
// request.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

#include "support/cutting_proxy.hpp"
#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Sends to one node through the relay, loses the answer, and asks again at the other.
class repeating_client {
 public:
  repeating_client(server_under_test& first, server_under_test& second)
      : token_(first.admin_token()), relay_(first.port()), second_(second.port()) {}

  /// `route`: as the OpenAPI document names it. Each further answer is the same as the one before, unless what is asked
  /// for goes on by itself (`moves`: an admission becomes an issue).
  http_response send(const std::string& route, http_request request, bool moves = false) {
    SCOPED_TRACE(route);
    covered_.insert(route);
    request.bearer = token_;
    relay_.cut_after(request.method + " " + request.target);
    EXPECT_EQ(http_client(relay_.port()).ask(request).status, 0) << "the answer was to be lost";
    http_response again = insist(request);
    for (int more = 0; more < 2; ++more) {
      const http_response further = insist(request);
      EXPECT_EQ(further.status / 100, again.status / 100) << again << further;
      if (!moves) EXPECT_EQ(further.body, again.body);
      again = further;
    }
    return again;
  }
  http_response ask(http_request request) {
    request.bearer = token_;
    return http_client(second_).ask(request);
  }
  const std::set<std::string>& covered() const { return covered_; }

 private:
  /// As a client does that hears "ask again": the one whose answer got lost may be at it still.
  http_response insist(const http_request& request) {
    http_response answer;
    eventually(60s, [&] {
      answer = http_client(second_).ask(request);
      return answer.status != 503 && answer.status != 0;
    });
    return answer;
  }

  const std::string token_;
  cutting_proxy relay_;
  const std::uint16_t second_;
  std::set<std::string> covered_;
};

/// Every route that changes something, as the node itself says.
std::set<std::string> changing_routes(server_under_test& node) {
  std::set<std::string> all;
  const json::value document = node.client().get("/openapi.json").json();
  for (const auto& [path, item] : document.at("paths").as_object())
    for (const auto& [method, operation] : item.as_object())
      if (method != "get") all.insert(std::string(method) + " " + std::string(path));
  return all;
}

std::map<std::string, int> trail_of(repeating_client& client, std::int64_t coupon) {
  std::map<std::string, int> times;
  const http_response trail = client.ask({.target = "/v1/actions?couponId=" + std::to_string(coupon)});
  const json::value page = trail.json();
  for (const json::value& action : page.at("items").as_array()) {
    ++times[std::string(action.at("action").as_string())];
    EXPECT_EQ(action.at("actor"), "admin");
  }
  return times;
}

std::string offer_named(const std::string& title) {
  json::object wish = to_json({.quantity = 5, .title = title});
  wish["restock"] = "pool";
  return json::serialize(wish);
}

http_request post(std::string target, std::string body) {
  return {.method = "POST", .target = std::move(target), .body = std::move(body)};
}

/// `await_rows`: until what was accepted for the coupon stands in the ledger.
void repeat_everything(server_under_test& first, server_under_test& second,
                       const std::function<bool(std::int64_t coupon)>& await_rows) {
  repeating_client client(first, second);
  http_request creation = post("/v1/coupons", offer_named("made once"));
  creation.more_headers = "Idempotency-Key: made-once\r\n";
  const http_response made = client.send("post /v1/coupons", creation);
  ASSERT_EQ(made.status, 201) << made;
  const std::int64_t offer = made.number("id");
  EXPECT_EQ(made.header("location"), "/v1/coupons/" + std::to_string(offer));
  creation.body = offer_named("another");
  EXPECT_TRUE(is_problem(client.ask(creation), 422, "idempotency_key_reused"));

  const std::string path = "/v1/coupons/" + std::to_string(offer);
  const http_response issued =
      client.send("post /v1/coupons/{id}/issues", post(issues_path(offer), issue_body(1)), true);
  EXPECT_EQ(issued.status, 200) << issued;
  EXPECT_EQ(issued.number("sequence"), 1);
  std::int64_t user = 2;
  for (const char* original : {"/v1/issue", "/v1/issue-async", "/v2/issue-async"}) {
    const std::string body = json::serialize(json::object{{"userId", user++}, {"couponId", offer}});
    EXPECT_EQ(client.send(std::string("post ") + original, post(original, body), true).status, 200);
  }
  ASSERT_TRUE(await_rows(offer));
  EXPECT_EQ(client.ask({.target = path}).number("issuedQuantity"), 4);

  const std::string one = "/v1/coupons/{id}/issues/{userId}";
  const http_request use = post(issue_path(offer, 1) + "/use", R"({"orderAmount":30000,"orderId":"A-1"})");
  EXPECT_EQ(client.send("post " + one + "/use", use).text("status"), "used");
  const http_request undo{.method = "DELETE", .target = issue_path(offer, 1) + "/use?orderId=A-1"};
  EXPECT_EQ(client.send("delete " + one + "/use", undo).text("status"), "issued");
  const http_request give_back = post(issue_path(offer, 1) + "/return", R"({"reason":"the order was cancelled"})");
  EXPECT_EQ(client.send("post " + one + "/return", give_back).text("status"), "returned");
  const http_request raise{.method = "PATCH", .target = path, .body = R"({"totalQuantity":9,"paused":false})"};
  EXPECT_EQ(client.send("patch /v1/coupons/{id}", raise).number("totalQuantity"), 9);
  const http_request pause{.method = "PATCH", .target = path, .body = R"({"paused":true})"};
  EXPECT_EQ(client.send("patch /v1/coupons/{id}", pause).text("state"), "paused");

  const http_response after = client.ask({.target = path});
  EXPECT_EQ(after.number("issuedQuantity"), 3) << after;
  EXPECT_EQ(after.number("returnedQuantity"), 1) << after;
  EXPECT_EQ(client.ask({.target = "/v1/coupons"}).json().at("items").as_array().size(), 1u);
  EXPECT_EQ(trail_of(client, offer),
            (std::map<std::string, int>{
                {"create_coupon", 1}, {"undo_use", 1}, {"return_issue", 1}, {"raise_coupon", 1}, {"pause_coupon", 1}}));
  EXPECT_EQ(client.covered(), changing_routes(second)) << "a new route: send it through the relay too";
}

class repeats : public system_test {};
class distributed_repeats : public distributed_test {};

TEST_F(repeats, change_nothing_a_second_time) {
  repeat_everything(server(), server(), [](std::int64_t) { return true; });
}

TEST_F(repeats, find_what_they_made_also_after_a_kill) {
  http_request creation = post("/v1/coupons", offer_named("made once"));
  creation.more_headers = "Idempotency-Key: \"before-the-kill\"\r\n";
  creation.bearer = server().admin_token();
  const http_response made = http_client(server().port()).ask(creation);
  ASSERT_EQ(made.status, 201) << made;
  server().kill_hard();
  server().start();
  const http_response again = http_client(server().port()).ask(creation);
  EXPECT_EQ(again.status, 201) << again;
  EXPECT_EQ(again.body, made.body);
  EXPECT_EQ(server().admin().get("/v1/actions").json().at("items").as_array().size(), 1u);
}

TEST_F(repeats, of_coupon_create_carry_a_key_by_themselves) {
  cutting_proxy relay(server().port());
  relay.cut_after("POST /v1/coupons");
  const finished_child made =
      run_to_end({.arguments = {firstcome_program(), "coupon", "create", "--title", "once", "--quantity", "5", "--end",
                                "+1d", "--url", "http://127.0.0.1:" + std::to_string(relay.port())},
                  .environment = {{"FIRSTCOME_ADMIN_TOKEN", server().admin_token()}}});
  EXPECT_EQ(made.status, exited_with(0)) << made.err;
  EXPECT_EQ(server().client().get("/v1/coupons").json().at("items").as_array().size(), 1u);
}

TEST_F(distributed_repeats, change_nothing_a_second_time_at_another_node) {
  repeat_everything(shape().api(0), shape().api(1), [this](std::int64_t offer) { return shape().drained(offer); });
}

}  // namespace
}  // namespace firstcome::testing
