// Every route times every role: who is let in, who hears 403 because they are known, and who hears 401.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <fstream>
#include <map>

#include "api/application.hpp"
#include "support/fake_coupon_service.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_issuer.hpp"
#include "support/standing_clock.hpp"
#include "support/temporary_directory.hpp"
#include "support/token_signer.hpp"

namespace firstcome::api {
namespace {

using identity::role;

const std::string admin_token = "the-token-of-this-test-and-no-other";

/// What DESIGN says, written down a second time: a letter for each role that is let in (u, t, v, o, a), `*` for
/// everybody with or without a token.
const std::map<std::string, std::pair<std::string_view, std::string_view>> expected = {
    {"POST /v1/coupons/{id}/issues", {"ua", R"({"userId":42})"}},
    {"POST /v1/issue", {"ua", R"({"userId":42,"couponId":1})"}},
    {"POST /v1/issue-async", {"ua", R"({"userId":42,"couponId":1})"}},
    {"POST /v2/issue-async", {"ua", R"({"userId":42,"couponId":1})"}},
    {"GET /v1/coupons/{id}/issues/me", {"u", ""}},
    {"GET /v1/users/me/issues", {"u", ""}},
    {"GET /v1/coupons/{id}/issues/{userId}", {"utvoa", ""}},
    {"GET /v1/users/{userId}/issues", {"uvoa", ""}},
    {"GET /v1/coupons/{id}", {"*", ""}},
    {"GET /v1/coupons", {"*", ""}},
    {"POST /v1/coupons/{id}/issues/{userId}/use", {"ta", R"({"orderAmount":1})"}},
    {"DELETE /v1/coupons/{id}/issues/{userId}/use", {"ta", ""}},
    {"POST /v1/coupons/{id}/issues/{userId}/return", {"uoa", R"({"reason":"the order was cancelled"})"}},
    {"POST /v1/coupons", {"oa", "{}"}},
    {"PATCH /v1/coupons/{id}", {"oa", R"({"paused":true})"}},
    {"GET /v1/coupons/{id}/issues", {"voa", ""}},
    {"GET /v1/actions", {"voa", ""}},
    {"GET /v1/dead-letters", {"voa", ""}},
    {"POST /v1/rehearsals", {"a", ""}},
    {"GET /healthz", {"*", ""}},
    {"GET /readyz", {"*", ""}},
    {"GET /metrics", {"*", ""}},
    {"GET /openapi.json", {"*", ""}},
    {"GET /v1/coupons/{id}/live", {"*", ""}},
    {"GET /v1/stats", {"voa", ""}},
    {"GET /", {"*", ""}},
    {"GET /events/{id}", {"*", ""}},
    {"GET /console", {"*", ""}},
    {"GET /widget.js", {"*", ""}},
    {"GET /web/*", {"*", ""}},
};

class roles : public ::testing::Test {
 protected:
  roles() {
    tokens_["u"] = signer_.token(R"({"sub":"42","exp":4102444800})", "HS256");
    tokens_["a"] = admin_token;
    std::ofstream file(folder_.path() / "tokens.toml");
    for (const role one : {role::till, role::viewer, role::operator_}) {
      const identity::made_token made = identity::make_operator_token(one, std::string(name_of(one)) + "-1");
      file << made.table;
      tokens_[std::string(name_of(one).substr(0, 1))] = made.token;
    }
    file.close();
    auth_settings settings{.admin_token = {}, .users = user_auth::jwt, .tokens = {}};
    settings.tokens.keys.add(identity::verification_key::of_secret(signer_.secret()));
    settings.operators = std::make_shared<identity::operator_tokens>(admin_token, folder_.path() / "tokens.toml");
    app_.emplace(dependencies{issuer_, service_, metrics_, clock_, ready_}, settings);
    issuer_.says = issue_decision{verdict::sold_out, {}, {}};
  }

  int ask(const route& r, std::string_view body, const std::string& token) {
    std::string path(r.pattern);
    for (const auto& [name, id] : {std::pair("{id}", "1"), std::pair("{userId}", "42"), std::pair("*", "event.js")})
      if (const std::size_t at = path.find(name); at != std::string::npos)
        path.replace(at, std::string_view(name).size(), id);
    const std::string authorization = token.empty() ? "" : "Bearer " + token;
    fake_exchange_.emplace(loop_, answers_);
    fake_exchange_->sent = {r.method, path, {}, "application/json", authorization, body};
    app_->handle(*fake_exchange_);
    loop_.restart();
    loop_.run();
    return fake_exchange_->status;
  }

  firstcome::testing::temporary_directory folder_;
  firstcome::testing::token_signer signer_ =
      firstcome::testing::token_signer::with_secret("a secret of thirty-two bytes or more");
  std::map<std::string, std::string> tokens_;
  boost::asio::io_context loop_;
  firstcome::testing::fake_completion_queue answers_;
  firstcome::testing::fake_issuer issuer_;
  firstcome::testing::fake_coupon_service service_;
  runtime::metrics metrics_{route_names()};
  testing::standing_clock clock_;
  std::atomic<bool> ready_{true};
  std::optional<application> app_;
  std::optional<firstcome::testing::fake_exchange> fake_exchange_;
};

TEST_F(roles, may_do_on_every_route_what_the_table_says) {
  for (const route& r : routes()) {
    const std::string name = std::string(boost::beast::http::to_string(r.method)) + ' ' + std::string(r.pattern);
    SCOPED_TRACE(name);
    const auto found = expected.find(name);
    ASSERT_NE(found, expected.end()) << "a new route: say here who may ask for it";
    const auto& [who, body] = found->second;
    for (const std::string letter : {"u", "t", "v", "o", "a"}) {
      const int status = ask(r, body, tokens_.at(letter));
      if (who == "*" || who.find(letter) != std::string_view::npos) {
        EXPECT_TRUE(status != 401 && status != 403) << letter << " " << status;
      } else {
        EXPECT_EQ(status, 403) << letter;
      }
    }
    for (const std::string& stranger : {std::string(), std::string("nobody"), tokens_.at("t") + "x"}) {
      const int status = ask(r, body, stranger);
      EXPECT_EQ(status == 401, who != "*") << stranger << " " << status;
    }
  }
}

TEST_F(roles, are_tried_on_routes_that_there_are) {
  EXPECT_EQ(expected.size(), routes().size());
}

}  // namespace
}  // namespace firstcome::api
