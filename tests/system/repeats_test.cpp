// Clients repeat by themselves what they got no answer to. Each request of the API that changes something is sent
// through a relay that loses the answer after the server got the request, and comes again: at once, a second later and
// a minute later, at the same node of the embedded shape, at others of the distributed shape. Nothing is made twice,
// and the answer is that of one request.
//
// For the minute stands a node whose clock is 61 s ahead: the same one, started anew, or one more.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <set>
#include <thread>

#include "support/cutting_proxy.hpp"
#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// What stays the same between two answers to one request.
using sameness = std::function<std::string(const http_response&)>;

std::string whole(const http_response& answer) {
  return answer.body;
}
/// For what goes on by itself (an admission becomes an issue): a member that does not.
sameness member(const char* name) {
  return [name](const http_response& answer) {
    const json::value body = answer.json();
    return body.is_object() && body.as_object().contains(name) ? json::serialize(body.at(name)) : "no " + answer.body;
  };
}
std::string only_status(const http_response&) {
  return {};
}

/// Sends to one node through a relay, loses the answer, and asks again at another.
class repeating_client {
 public:
  using later_node = std::function<server_under_test&()>;

  /// `a_minute_later`: a node by whose clock a minute more has passed, each time.
  repeating_client(server_under_test& first, server_under_test& second, later_node a_minute_later)
      : token_(first.admin_token()), first_(first), second_(second), a_minute_later_(std::move(a_minute_later)) {}

  /// `route`: as the OpenAPI document names it. The answer to the first repetition, which comes at once.
  http_response send(const std::string& route, http_request request, sameness same = whole) {
    SCOPED_TRACE(route);
    covered_.insert(route);
    request.bearer = token_;
    cutting_proxy relay(first_.port());
    relay.cut_after(request.method + " " + request.target);
    EXPECT_EQ(http_client(relay.port()).ask(request).status, 0) << "the answer was to be lost";
    sent_.push_back({route, request, insist(second_, request), std::move(same)});
    return sent_.back().heard;
  }
  /// What was sent since the last time comes again: after a second, twice, and after a minute.
  void repeat_later() {
    std::this_thread::sleep_for(1s);
    for (int times = 0; times < 2; ++times) repeat_at(second_);
    repeat_at(a_minute_later_());
    sent_.clear();
  }
  http_response ask(http_request request) {
    request.bearer = token_;
    return http_client(second_.port()).ask(request);
  }
  const std::set<std::string>& covered() const { return covered_; }

 private:
  struct sent_request {
    std::string route;
    http_request request;
    http_response heard;
    sameness same;
  };

  void repeat_at(server_under_test& node) {
    for (const sent_request& one : sent_) {
      SCOPED_TRACE(one.route);
      const http_response again = insist(node, one.request);
      EXPECT_EQ(again.status / 100, one.heard.status / 100) << one.heard << again;
      EXPECT_EQ(one.same(again), one.same(one.heard));
    }
  }

  /// As a client does that hears "ask again": the one whose answer got lost may be at it still.
  static http_response insist(server_under_test& node, const http_request& request) {
    http_response answer;
    eventually([&] {
      answer = http_client(node.port()).ask(request);
      return answer.status != 503 && answer.status != 0;
    });
    return answer;
  }

  const std::string token_;
  server_under_test& first_;
  server_under_test& second_;
  const later_node a_minute_later_;
  std::vector<sent_request> sent_;
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

/// Makes the coupon, and lets users 1 to 5 in. `await_rows`: until what was accepted for it stands in the ledger.
std::int64_t repeat_creation_and_issues(repeating_client& client,
                                        const std::function<bool(std::int64_t coupon)>& await_rows) {
  http_request creation = post("/v1/coupons", offer_named("made once"));
  creation.more_headers = "Idempotency-Key: made-once\r\n";
  const http_response made = client.send("post /v1/coupons", creation, member("id"));
  EXPECT_EQ(made.status, 201) << made;
  const std::int64_t offer = made.number("id");
  EXPECT_EQ(made.header("location"), "/v1/coupons/" + std::to_string(offer));
  creation.body = offer_named("another");
  EXPECT_TRUE(is_problem(client.ask(creation), 422, "idempotency_key_reused"));

  http_request rehearsal = post("/v1/rehearsals", R"({"users":20,"totalQuantity":5,"seconds":1})");
  rehearsal.more_headers = "Idempotency-Key: rehearsed-once\r\n";
  EXPECT_EQ(client.send("post /v1/rehearsals", rehearsal, member("id")).status, 201);

  for (std::int64_t user = 1; user <= 2; ++user) {
    const http_request wish = post(issues_path(offer), issue_body(user));
    const http_response issued = client.send("post /v1/coupons/{id}/issues", wish, member("sequence"));
    EXPECT_EQ(issued.status / 100, 2) << issued;
    EXPECT_EQ(issued.number("sequence"), user);
  }
  std::int64_t user = 3;
  for (const char* original : {"/v1/issue", "/v1/issue-async", "/v2/issue-async"}) {
    const std::string body = json::serialize(json::object{{"userId", user++}, {"couponId", offer}});
    EXPECT_EQ(client.send(std::string("post ") + original, post(original, body), only_status).status, 200);
  }
  EXPECT_TRUE(await_rows(offer));
  client.repeat_later();
  EXPECT_EQ(client.ask({.target = "/v1/coupons/" + std::to_string(offer)}).number("issuedQuantity"), 5);
  return offer;
}

void repeat_steps_and_changes(repeating_client& client, std::int64_t offer) {
  const std::string path = "/v1/coupons/" + std::to_string(offer);
  const std::string one = "/v1/coupons/{id}/issues/{userId}";
  const http_request give_back = post(issue_path(offer, 2) + "/return", R"({"reason":"the order was cancelled"})");
  EXPECT_EQ(client.send("post " + one + "/return", give_back).text("status"), "returned");
  const http_request use = post(issue_path(offer, 1) + "/use", R"({"orderAmount":30000,"orderId":"A-1"})");
  EXPECT_EQ(client.send("post " + one + "/use", use).text("status"), "used");
  const http_request raise{.method = "PATCH", .target = path, .body = R"({"totalQuantity":9,"paused":false})"};
  EXPECT_EQ(client.send("patch /v1/coupons/{id}", raise).number("totalQuantity"), 9);
  client.repeat_later();
  const http_request undo{.method = "DELETE", .target = issue_path(offer, 1) + "/use?orderId=A-1"};
  EXPECT_EQ(client.send("delete " + one + "/use", undo).text("status"), "issued");
  const http_request pause{.method = "PATCH", .target = path, .body = R"({"paused":true})"};
  EXPECT_EQ(client.send("patch /v1/coupons/{id}", pause).text("state"), "paused");
  client.repeat_later();
}

void repeat_everything(repeating_client& client, server_under_test& node,
                       const std::function<bool(std::int64_t coupon)>& await_rows) {
  const std::int64_t offer = repeat_creation_and_issues(client, await_rows);
  repeat_steps_and_changes(client, offer);
  const http_response after = client.ask({.target = "/v1/coupons/" + std::to_string(offer)});
  EXPECT_EQ(after.number("issuedQuantity"), 4) << after;
  EXPECT_EQ(after.number("returnedQuantity"), 1) << after;
  EXPECT_EQ(client.ask({.target = "/v1/coupons"}).json().at("items").as_array().size(), 2u) << "and the rehearsal's";
  EXPECT_EQ(trail_of(client, offer),
            (std::map<std::string, int>{
                {"create_coupon", 1}, {"undo_use", 1}, {"return_issue", 1}, {"raise_coupon", 1}, {"pause_coupon", 1}}));
  EXPECT_EQ(client.covered(), changing_routes(node)) << "a new route: send it through the relay too";
}

class repeats : public system_test {};
class distributed_repeats : public distributed_test {};

TEST_F(repeats, change_nothing_a_second_time) {
  start_server({.flags = {"--rehearsal"}});
  int minutes = 0;
  const auto a_minute_later = [&]() -> server_under_test& {
    server().terminate();
    server().start({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", std::to_string(61'000 * ++minutes)}});
    return server();
  };
  repeating_client client(server(), server(), a_minute_later);
  repeat_everything(client, server(), [](std::int64_t) { return true; });
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

TEST_F(distributed_repeats, change_nothing_a_second_time_at_other_nodes) {
  start_shape({.api_flags = {"--rehearsal"}});
  server_under_test& ahead = shape().add_api({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", "61000"}});
  repeating_client client(shape().api(0), shape().api(1), [&]() -> server_under_test& { return ahead; });
  repeat_everything(client, shape().api(1), [this](std::int64_t offer) { return shape().drained(offer); });
}

}  // namespace
}  // namespace firstcome::testing
