// A rehearsal as an admin begins it: what is refused, what is made, and that the crowd asks for nothing else.

#include "api/rehearsals.hpp"

#include <set>

#include "support/api_over_http.hpp"

namespace firstcome::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Lets in as many as there are, and remembers who asked for what.
class counting_issuer final : public issuing::issuer {
 public:
  bool issue(issuing::issue_call& call) override {
    asked.emplace_back(call.coupon, call.user);
    if (holds_back) {
      waiting.push_back(&call);
      most_waiting = std::max(most_waiting, waiting.size());
      return false;
    }
    call.answer = answer_to(call);
    return true;
  }
  bool withdraw(issuing::issue_call&) override { return false; }

  void let_go() {
    for (issuing::issue_call* one : std::exchange(waiting, {})) {
      one->answer = answer_to(*one);
      one->on_answer();
    }
  }

  std::vector<std::pair<coupon_id, user_id>> asked;
  std::vector<issuing::issue_call*> waiting;
  std::size_t most_waiting = 0;
  bool holds_back = false;
  bool overloaded = false;
  bool opened = true;
  std::size_t left = 3;

 private:
  result<issue_decision> answer_to(const issuing::issue_call& call) {
    if (overloaded) return errc::overloaded;
    issue_decision said;
    said.what = verdict::not_started;
    if (!opened) return said;
    said.what = left > 0 ? verdict::admitted : verdict::sold_out;
    if (left > 0) --left;
    said.record.coupon = call.coupon;
    said.record.user = call.user;
    return said;
  }
};

class crowds : public ::testing::Test {
 protected:
  std::shared_ptr<made_up_crowd> crowd_of(std::int32_t users, std::chrono::seconds over = 10s) {
    return std::make_shared<made_up_crowd>(
        made_up_crowd::context{issuer_, metrics_, clock_, answers_, loop_.get_executor()}, coupon_id{7}, users, over);
  }
  void turn_after(made_up_crowd& crowd, std::chrono::milliseconds passed) {
    clock_.passed += passed;
    crowd.run_once();
  }

  boost::asio::io_context loop_;
  testing::fake_completion_queue answers_;
  counting_issuer issuer_;
  runtime::metrics metrics_{route_names()};
  testing::standing_clock clock_;
};

TEST_F(crowds, come_one_after_the_other_and_each_asks_once) {
  const auto crowd = crowd_of(100);
  crowd->run_once();
  EXPECT_EQ(issuer_.asked.size(), 0U) << "nobody comes before the time";
  turn_after(*crowd, 5s);
  EXPECT_EQ(issuer_.asked.size(), 50U);
  EXPECT_FALSE(crowd->is_over());
  turn_after(*crowd, 5s);
  EXPECT_TRUE(crowd->is_over());
  EXPECT_EQ(crowd->answered(), 100);
  EXPECT_EQ(crowd->admitted(), 3);
  const std::set<std::pair<coupon_id, user_id>> different(issuer_.asked.begin(), issuer_.asked.end());
  EXPECT_EQ(different.size(), 100U);
  for (const auto& [coupon, user] : issuer_.asked) {
    EXPECT_EQ(coupon, coupon_id{7});
    EXPECT_GE(raw(user), made_up_crowd::user_first);
    EXPECT_LT(raw(user), made_up_crowd::user_first + 100);
  }
  const auto counted = metrics_.read_issue_totals();
  EXPECT_EQ(counted.outcomes[static_cast<std::size_t>(verdict::admitted)], 3U);
  EXPECT_EQ(counted.outcomes[static_cast<std::size_t>(verdict::sold_out)], 97U) << "the curves move by these";
}

TEST_F(crowds, have_few_under_way_and_are_over_when_the_last_was_heard) {
  issuer_.holds_back = true;
  const auto crowd = crowd_of(1000);
  for (int turns = 0; turns < 20; ++turns) turn_after(*crowd, 1s);
  EXPECT_EQ(issuer_.most_waiting, made_up_crowd::under_way_max);
  crowd->leave();
  crowd->run_once();
  EXPECT_FALSE(crowd->is_over()) << "some of them are under way";
  issuer_.let_go();
  EXPECT_FALSE(crowd->is_over()) << "a run says so";
  crowd->run_once();
  EXPECT_TRUE(crowd->is_over());
  EXPECT_EQ(issuer_.asked.size(), made_up_crowd::under_way_max) << "who leaves asks no more";
}

TEST_F(crowds, rest_when_the_node_is_overloaded_and_ask_again) {
  issuer_.overloaded = true;
  const auto crowd = crowd_of(100);
  turn_after(*crowd, 5s);
  EXPECT_EQ(issuer_.asked.size(), 1U) << "the first who hears it holds the others back";
  turn_after(*crowd, 500ms);
  EXPECT_EQ(issuer_.asked.size(), 1U);
  issuer_.overloaded = false;
  turn_after(*crowd, 600ms);
  EXPECT_EQ(issuer_.asked.size(), 62U) << "61 by now, and the one again";
  EXPECT_EQ(issuer_.asked[1].second, issuer_.asked[0].second) << "who asks again goes first";
  turn_after(*crowd, 10s);
  EXPECT_TRUE(crowd->is_over());
  EXPECT_EQ(crowd->answered(), 100);
}

TEST_F(crowds, that_came_too_early_ask_again_and_are_given_up_at_last) {
  issuer_.opened = false;
  const auto crowd = crowd_of(10, 1s);
  turn_after(*crowd, 1s);
  EXPECT_EQ(crowd->answered(), 0);
  turn_after(*crowd, 1s);
  EXPECT_EQ(issuer_.asked.size(), 20U);
  turn_after(*crowd, made_up_crowd::patience);
  turn_after(*crowd, 1s);
  EXPECT_TRUE(crowd->is_over());
  EXPECT_EQ(crowd->answered(), 0);
}

class rehearsals_over_http : public testing::api_over_http {
 protected:
  rehearsals_over_http() {
    application_.emplace(dependencies{crowd_issuer_, service_, metrics_, clock_, ready_},
                         auth_settings{.admin_token = "admin-token"}, wire_settings{.rehearsal = true});
  }
  /// Runs what is ready and not the timers, which wait for the machine's clock.
  int begin(std::string_view body, std::optional<std::string_view> key = {}, method m = http::method::post,
            std::string_view path = "/v1/rehearsals") {
    x_.emplace(loop_, answers_);
    x_->sent = {.method = m,
                .path = path,
                .query = {},
                .content_type = body.empty() ? "" : "application/json",
                .authorization = admin,
                .body = body,
                .idempotency_key = key};
    application_->handle(*x_);
    loop_.restart();
    loop_.poll();
    return x_->status;
  }
  json::value stats() {
    EXPECT_EQ(begin({}, {}, http::method::get, "/v1/stats"), 200);
    return said().at("rehearsal");
  }
  /// With the machine's timers and the test's clock.
  void until_it_is_over() {
    for (int turns = 0; turns < 2000 && !application_->quiet(); ++turns) {
      clock_.passed += 1s;
      loop_.restart();
      loop_.run_one_for(1s);
    }
    EXPECT_TRUE(application_->quiet());
  }

  counting_issuer crowd_issuer_;
  std::optional<application> application_;
};

TEST_F(rehearsals_over_http, are_for_a_node_that_was_started_for_them) {
  EXPECT_EQ(ask(http::method::post, "/v1/rehearsals", "{}"), 404);
  EXPECT_EQ(said("code"), "not_found");
  EXPECT_NE(said("detail").find("--rehearsal"), std::string::npos);
  EXPECT_TRUE(service_.coupons_by_id.empty());
  ASSERT_EQ(ask(http::method::get, "/v1/stats"), 200);
  EXPECT_FALSE(said().as_object().contains("rehearsal"));
}

TEST_F(rehearsals_over_http, make_a_marked_coupon_and_send_their_crowd_at_it_alone) {
  EXPECT_EQ(stats().as_object(), (json::object{{"running", false}}));
  ASSERT_EQ(begin(R"({"users":50,"totalQuantity":3,"seconds":5})"), 201) << x_->body;
  EXPECT_EQ(said("title"), "[rehearsal] 50 users in 5 s for 3");
  EXPECT_EQ(said("couponType"), "REHEARSAL");
  EXPECT_EQ(said().at("totalQuantity"), 3);
  const std::int64_t made = said().at("id").as_int64();
  EXPECT_EQ(x_->extra_headers, "Location: /v1/coupons/" + std::to_string(made) + "\r\n");
  EXPECT_EQ(stats().at("running"), true);
  until_it_is_over();
  EXPECT_EQ(crowd_issuer_.asked.size(), 50U);
  for (const auto& [coupon, user] : crowd_issuer_.asked) EXPECT_EQ(coupon, coupon_id{made});
  EXPECT_EQ(stats().as_object(),
            (json::object{{"running", false}, {"couponId", made}, {"users", 50}, {"answered", 50}, {"admitted", 3}}));
  ASSERT_EQ(begin({}, {}, http::method::get, "/v1/actions"), 200);
  const json::value actions = said();
  ASSERT_EQ(actions.at("items").as_array().size(), 1U);
  EXPECT_EQ(actions.at("items").at(0).at("action"), "create_coupon");
  EXPECT_EQ(actions.at("items").at(0).at("actor"), "admin");
}

TEST_F(rehearsals_over_http, are_one_at_a_time) {
  ASSERT_EQ(begin(R"({"users":9,"seconds":60})"), 201) << x_->body;
  EXPECT_EQ(begin({}), 409);
  EXPECT_EQ(said("code"), "rehearsal_running");
  EXPECT_EQ(service_.coupons_by_id.size(), 1U);
  until_it_is_over();
  EXPECT_EQ(begin(R"({"users":9,"seconds":1})"), 201);
  until_it_is_over();
}

TEST_F(rehearsals_over_http, that_are_asked_for_again_with_their_key_are_the_same_one) {
  constexpr std::string_view wish = R"({"users":9,"seconds":1})";
  ASSERT_EQ(begin(wish, "k"), 201) << x_->body;
  const json::value made = said().at("id");
  EXPECT_EQ(begin(wish, "k"), 201) << "also while it runs";
  EXPECT_EQ(said().at("id"), made);
  EXPECT_EQ(begin(R"({"users":8,"seconds":1})", "k"), 422);
  EXPECT_EQ(said("code"), "idempotency_key_reused");
  until_it_is_over();
  EXPECT_EQ(begin(wish, "k"), 201);
  EXPECT_EQ(said().at("id"), made);
  EXPECT_TRUE(application_->quiet()) << "a second crowd comes";
  EXPECT_EQ(crowd_issuer_.asked.size(), 9U);
}

TEST_F(rehearsals_over_http, that_are_too_big_or_misspelt_are_refused) {
  for (const char* wrong :
       {R"({"users":0})", R"({"users":100001})", R"({"seconds":61})", R"({"totalQuantity":0})", R"({"user":5})"}) {
    EXPECT_EQ(begin(wrong), 422) << wrong;
    EXPECT_EQ(said("code"), "invalid_coupon") << wrong;
  }
  EXPECT_EQ(begin(R"({"users":"many"})"), 400);
  EXPECT_EQ(begin(R"({"users":1.5})"), 400);
  EXPECT_TRUE(service_.coupons_by_id.empty());
}

TEST_F(rehearsals_over_http, end_with_their_node) {
  ASSERT_EQ(begin(R"({"users":100000,"seconds":60})"), 201) << x_->body;
  EXPECT_FALSE(application_->quiet());
  application_->refuse();
  loop_.restart();
  loop_.run_for(5s);  // as long as the timer is armed, the loop does not end by itself
  EXPECT_TRUE(application_->quiet());
  EXPECT_EQ(begin({}), 503);
  EXPECT_EQ(said("code"), "overloaded");
  EXPECT_EQ(service_.coupons_by_id.size(), 1U);
}

TEST_F(rehearsals_over_http, whose_coupon_could_not_be_made_keep_nobody_from_the_next) {
  service_.fails_with = errc::unavailable;
  EXPECT_EQ(begin({}), 503);
  service_.fails_with = {};
  EXPECT_EQ(begin(R"({"users":1,"seconds":1})"), 201);
  until_it_is_over();
}

}  // namespace
}  // namespace firstcome::api
