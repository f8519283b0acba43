#include "api/auth.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "api/routes.hpp"
#include "support/token_signer.hpp"

namespace firstcome::api {
namespace {

using firstcome::testing::token_signer;
using identity::refusal;

const token_signer token_issuer = token_signer::with_secret("a secret of thirty-two bytes or more");

auth with_tokens() {
  auth_settings settings{.admin_token = "s3cret", .users = user_auth::jwt, .tokens = {}};
  settings.tokens.keys.add(identity::verification_key::of_secret(token_issuer.secret()));
  return auth(settings);
}

auth with_trust() {
  return auth({.admin_token = "s3cret", .tokens = {}});
}

std::string valid_for(const char* subject) {
  return "Bearer " + token_issuer.token(R"({"sub":")" + std::string(subject) + R"(","exp":4102444800})", "HS256");
}

using auth_outcome = boost::system::result<caller, refusal>;
/// With the signature, when it comes to that.
auth_outcome caller_of(const auth& a, std::string_view authorization, identity::role_set wanted) {
  const auth::outcome who = a.caller_of(authorization, wanted);
  if (const caller* const known = std::get_if<caller>(&who)) return *known;
  if (const refusal* const why = std::get_if<refusal>(&who)) return *why;
  const auto& claim = std::get<identity::token_claim>(who);
  if (!a.user_tokens()->verify(claim)) return refusal::signature;
  return caller{.user = claim.said.user};
}

TEST(admin_token, must_be_given_exactly) {
  const auth a = with_trust();
  for (const char* right : {"Bearer s3cret", "bearer  s3cret"}) {
    ASSERT_TRUE(caller_of(a, right, access::operators)) << right;
    EXPECT_EQ(caller_of(a, right, access::operators)->is, identity::role::admin);
    EXPECT_EQ(caller_of(a, right, access::operators)->name, "admin");
  }
  for (const char* other : {"Bearer S3cret", "Bearer s3cre", "Bearer s3crets"})
    EXPECT_EQ(caller_of(a, other, access::operators).error(), refusal::unknown_token) << other;
  for (const char* none : {"", "s3cret", "Bearer", "Bearer ", "Basic s3cret"})
    EXPECT_EQ(caller_of(a, none, access::operators).error(), refusal::missing) << none;
}

TEST(admin_token, must_not_be_empty) {
  EXPECT_THROW(auth({.admin_token = "", .tokens = {}}), std::invalid_argument);
}

TEST(callers, are_anybody_when_users_are_trusted) {
  const auth a = with_trust();
  for (const char* whatever : {"", "Bearer x", "Bearer s3cret"}) {
    const auto who = caller_of(a, whatever, access::users);
    ASSERT_TRUE(who);
    EXPECT_TRUE(who->may_act_for(static_cast<user_id>(1)));
  }
  EXPECT_EQ(caller_of(a, "Bearer s3cret", access::users_and_operators)->is, identity::role::admin);
}

TEST(callers, act_only_for_themselves_with_tokens) {
  const auth a = with_tokens();
  const auto who = caller_of(a, valid_for("42"), access::users);
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->may_act_for(static_cast<user_id>(42)));
  EXPECT_FALSE(who->may_act_for(static_cast<user_id>(43)));
  EXPECT_EQ(caller_of(a, "", access::users).error(), refusal::missing);
  ASSERT_TRUE(caller_of(a, "Bearer s3cret", access::users));
  EXPECT_TRUE(caller_of(a, "Bearer s3cret", access::users)->may_act_for(static_cast<user_id>(43)));
}

TEST(callers, who_are_nobody_hear_what_their_token_lacks) {
  const auth a = with_tokens();
  EXPECT_EQ(caller_of(a, "Bearer x", access::users).error(), refusal::malformed);
  EXPECT_EQ(caller_of(a, "Bearer x", access::operators).error(), refusal::unknown_token);
  const std::string expired = "Bearer " + token_issuer.token(R"({"sub":"42","exp":1})", "HS256");
  EXPECT_EQ(caller_of(a, expired, access::operators).error(), refusal::expired);
  EXPECT_EQ(caller_of(a, valid_for("42"), access::operators)->is, identity::role::user);
}

TEST(callers, need_a_key_when_tokens_prove_them) {
  EXPECT_THROW(auth({.admin_token = "s3cret", .users = user_auth::jwt, .tokens = {}}), std::invalid_argument);
}

}  // namespace
}  // namespace firstcome::api
