// Users whose tokens are signed with a public key: checked off the loop, remembered, and not looked at where the answer
// is "sold out" anyway.

#include "api/proofs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/application.hpp"
#include "support/fake_coupon_service.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_issuer.hpp"
#include "support/token_signer.hpp"

namespace firstcome::api {
namespace {

using firstcome::testing::fake_exchange;
using firstcome::testing::token_signer;
using http::method;
using ::testing::HasSubstr;

const token_signer& issuer_key() {
  static const token_signer one = token_signer::rsa();
  return one;
}
const token_signer& strangers_key() {
  static const token_signer one = token_signer::rsa();
  return one;
}

std::string token_of(int user, const token_signer& signed_by = issuer_key()) {
  return "Bearer " + signed_by.token(R"({"sub":")" + std::to_string(user) + R"(","exp":4102444800})", "RS256");
}
std::string forged(int user) {
  return token_of(user, strangers_key());
}

class users_with_signed_tokens : public ::testing::Test {
 protected:
  users_with_signed_tokens() { says(verdict::admitted); }

  static auth_settings settings() {
    auth_settings made{.admin_token = "admin-token", .users = user_auth::jwt, .tokens = {}};
    made.tokens.keys = identity::keys_of_pem(issuer_key().public_pem(), {});
    return made;
  }
  void says(verdict what) { issuer_.says = issue_decision{what, {{}, {}, 3, issue_status::issued, {}, {}}, {}}; }
  /// A coupon that is sold out, and that these have.
  void sell_out(std::set<user_id> winners) {
    issuer_.winners = std::move(winners);
    says(verdict::sold_out);
  }

  struct heard {
    int status;
    std::string content_type, body, headers;
    bool operator==(const heard&) const = default;
  };
  heard ask(const std::string& authorization, std::string_view path = "/v1/coupons/1/issues",
            std::string_view body = "{}") {
    fake_exchange x(loop_, answers_);
    x.sent = {method::post, path, {}, "application/json", authorization, body};
    app_.handle(x);
    loop_.restart();
    loop_.run();
    EXPECT_EQ(x.answers_given, 1);
    suspect_ = x.is_suspect();
    return {x.status, x.content_type, x.body, x.extra_headers};
  }
  bool counted(const std::string& line) const { return metrics_.to_prometheus().find(line) != std::string::npos; }

  boost::asio::io_context loop_;
  firstcome::testing::fake_completion_queue answers_;
  firstcome::testing::fake_issuer issuer_;
  firstcome::testing::fake_coupon_service service_;
  runtime::metrics metrics_{route_names()};
  runtime::machine_clock clock_;
  std::atomic<bool> ready_{true};
  bool suspect_ = false;
  application app_{{issuer_, service_, metrics_, clock_, ready_}, settings()};
};

TEST_F(users_with_signed_tokens, are_admitted_after_the_signature_was_checked_elsewhere) {
  fake_exchange x(loop_, answers_);
  const std::string authorization = token_of(42);
  x.sent = {method::post, "/v1/coupons/1/issues", {}, "application/json", authorization, "{}"};
  app_.handle(x);
  EXPECT_EQ(x.answers_given, 0);
  EXPECT_EQ(issuer_.calls, 0) << "nobody is let in before";
  loop_.run();
  EXPECT_EQ(x.status, 201);
  EXPECT_EQ(issuer_.last_user, user_id{42});
}

TEST_F(users_with_signed_tokens, are_answered_at_once_the_second_time) {
  EXPECT_EQ(ask(token_of(42)).status, 201);
  fake_exchange x(loop_, answers_);
  const std::string authorization = token_of(42);
  x.sent = {method::post, "/v1/coupons/1/issues", {}, "application/json", authorization, "{}"};
  app_.handle(x);
  EXPECT_EQ(x.status, 201);
}

TEST_F(users_with_signed_tokens, hear_401_when_it_is_worthless_and_are_suspects_until_a_good_one) {
  const heard no = ask(forged(42));
  EXPECT_EQ(no.status, 401);
  EXPECT_THAT(no.headers, HasSubstr("the signature does not fit"));
  EXPECT_TRUE(suspect_);
  EXPECT_EQ(issuer_.calls, 0);
  EXPECT_TRUE(counted(R"(firstcome_token_refusals_total{reason="signature"} 1)"));
  EXPECT_EQ(ask(token_of(42)).status, 201);
  EXPECT_FALSE(suspect_);
}

TEST_F(users_with_signed_tokens, may_do_no_more_than_users) {
  EXPECT_EQ(ask(token_of(42), "/v1/coupons", "{}").status, 403);
  EXPECT_EQ(ask(forged(42), "/v1/coupons", "{}").status, 401);
  EXPECT_EQ(ask(token_of(42), "/v1/coupons/1/issues", R"({"userId":43})").status, 403);
}

TEST_F(users_with_signed_tokens, hear_sold_out_before_anybody_looks_at_the_signature) {
  sell_out({user_id{1}});
  fake_exchange x(loop_, answers_);
  const std::string authorization = forged(42);
  x.sent = {method::post, "/v1/coupons/1/issues", {}, "application/json", authorization, "{}"};
  app_.handle(x);
  EXPECT_EQ(x.pending(), nullptr) << "no thread has been asked";
  loop_.run();
  EXPECT_EQ(x.status, 409);
  EXPECT_THAT(x.body, HasSubstr("sold_out"));
  EXPECT_FALSE(x.is_suspect());
}

// Neither is said before the other could be: the time tells nothing, as far as the threads are idle.
TEST_F(users_with_signed_tokens, hear_sold_out_equally_late) {
  sell_out({user_id{1}});
  for (const int user : {1, 2, 1, 2}) {
    const std::string authorization = forged(user);
    const auto asked_at = std::chrono::steady_clock::now();
    EXPECT_EQ(ask(authorization).status, 409);
    EXPECT_GE(std::chrono::steady_clock::now() - asked_at, held_answers::hold_time(identity::algorithm::rs256)) << user;
    EXPECT_FALSE(suspect_) << user;
  }
}

TEST_F(users_with_signed_tokens, who_have_the_coupon_hear_yes_when_it_is_sold_out) {
  sell_out({user_id{1}});
  says(verdict::already_issued);
  EXPECT_EQ(ask(token_of(1)).status, 200);
}

// Whoever forges tokens learns nothing about who has the coupon: status, type, body and headers are the same.
TEST_F(users_with_signed_tokens, forged_sound_the_same_for_who_has_the_coupon_and_who_has_not) {
  sell_out({user_id{1}});
  for (const auto& [path, body] :
       {std::pair("/v1/coupons/1/issues", "{}"), std::pair("/v1/coupons/1/issues", ""),
        std::pair("/v1/issue", R"({"couponId":1})"), std::pair("/v1/issue-async", R"({"couponId":1})")}) {
    const heard holder = ask(forged(1), path, body), other = ask(forged(2), path, body);
    EXPECT_EQ(holder, other) << path << holder.body << other.body;
    EXPECT_NE(holder.status, 401);
    EXPECT_EQ(other, ask(token_of(2), path, body)) << "and as the user itself hears it";
  }
  EXPECT_EQ(issuer_.calls, 0) << "of forged ones, and of who is surely not in, nobody comes to the issuer";
}

TEST_F(users_with_signed_tokens, are_checked_in_everything_else_before_they_hear_sold_out) {
  sell_out({});
  for (const char* const claims : {R"({"sub":"42","exp":1})", R"({"sub":"alice","exp":4102444800})"})
    EXPECT_EQ(ask("Bearer " + issuer_key().token(claims, "RS256")).status, 401) << claims;
  EXPECT_EQ(ask("Bearer " + issuer_key().token(R"({"sub":"42","exp":4102444800})", "PS256")).status, 401);
  EXPECT_EQ(ask(forged(42), "/v1/coupons/x/issues").status, 401) << "a signature is wrong, and so is the path";
  EXPECT_EQ(ask(token_of(42), "/v1/coupons/x/issues").status, 400);
}

TEST_F(users_with_signed_tokens, whose_deadline_passes_in_the_queue_are_surely_not_admitted) {
  fake_exchange x(loop_, answers_);
  const std::string authorization = token_of(42);
  x.sent = {method::post, "/v1/coupons/1/issues", {}, "application/json", authorization, "{}"};
  app_.handle(x);
  ASSERT_NE(x.pending(), nullptr);
  EXPECT_TRUE(x.pending()->withdraw());
  loop_.run();
  EXPECT_EQ(x.answers_given, 0) << "the connection answers";
  EXPECT_EQ(issuer_.calls, 0);
}

// Or the connection would answer at the deadline, and be gone when the held answer comes.
TEST_F(users_with_signed_tokens, have_nothing_to_take_back_while_their_answer_is_held) {
  sell_out({user_id{1}});
  fake_exchange x(loop_, answers_);
  const std::string authorization = forged(1);
  x.sent = {method::post, "/v1/coupons/1/issues", {}, "application/json", authorization, "{}"};
  app_.handle(x);
  ASSERT_NE(x.pending(), nullptr);
  while (x.pending() != nullptr && x.answers_given == 0) loop_.run_one();
  EXPECT_EQ(x.pending(), nullptr);
  EXPECT_EQ(x.answers_given, 0) << "it is held";
  loop_.run();
  EXPECT_EQ(x.answers_given, 1);
  EXPECT_EQ(x.status, 409);
  EXPECT_FALSE(counted(R"(firstcome_token_refusals_total{reason="signature"} 1)")) << "that would tell who holds one";
}

TEST_F(users_with_signed_tokens, are_told_that_nothing_was_done_when_the_node_stops) {
  app_.close();
  EXPECT_EQ(ask(token_of(42)).status, 503);
  sell_out({user_id{1}});
  EXPECT_EQ(ask(forged(1)).status, 503);
  EXPECT_EQ(ask(forged(2)).status, 503) << "the same for everybody";
}

}  // namespace
}  // namespace firstcome::api
