#include "api/auth.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/token_signer.hpp"

namespace firstcome::api {
namespace {

using firstcome::testing::token_signer;
using identity::refusal;

const token_signer signer = token_signer::with_secret("a secret of thirty-two bytes or more");

auth with_tokens() {
  auth_settings settings{.admin_token = "s3cret", .users = user_auth::jwt, .tokens = {}};
  settings.tokens.keys.add(identity::verification_key::of_secret(signer.secret()));
  return auth(settings);
}

TEST(admin_token, must_be_given_exactly) {
  const auth a({.admin_token = "s3cret", .tokens = {}});
  EXPECT_TRUE(a.admin_of("Bearer s3cret"));
  EXPECT_TRUE(a.admin_of("bearer  s3cret"));
  for (const char* other : {"Bearer S3cret", "Bearer s3cre", "Bearer s3crets"})
    EXPECT_EQ(a.admin_of(other).error(), refusal::unknown_token) << other;
  for (const char* none : {"", "s3cret", "Bearer", "Bearer ", "Basic s3cret"})
    EXPECT_EQ(a.admin_of(none).error(), refusal::missing) << none;
}

TEST(admin_token, must_not_be_empty) {
  EXPECT_THROW(auth({.admin_token = "", .tokens = {}}), std::invalid_argument);
}

TEST(callers, are_anybody_when_users_are_trusted) {
  const auth a({.admin_token = "s3cret", .tokens = {}});
  const auto who = a.caller_of("", false);
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->may_act_for(static_cast<user_id>(1)));
}

TEST(callers, act_only_for_themselves_with_tokens) {
  const auth a = with_tokens();
  const auto who = a.caller_of("Bearer " + signer.token(R"({"sub":"42","exp":4102444800})", "HS256"), false);
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->may_act_for(static_cast<user_id>(42)));
  EXPECT_FALSE(who->may_act_for(static_cast<user_id>(43)));
  EXPECT_EQ(a.caller_of("", false).error(), refusal::missing);
  EXPECT_EQ(a.caller_of("Bearer s3cret", false).error(), refusal::malformed);
  ASSERT_TRUE(a.caller_of("Bearer s3cret", true));
  EXPECT_TRUE(a.caller_of("Bearer s3cret", true)->may_act_for(static_cast<user_id>(43)));
}

TEST(callers, need_a_key_when_tokens_prove_them) {
  EXPECT_THROW(auth({.admin_token = "s3cret", .users = user_auth::jwt, .tokens = {}}), std::invalid_argument);
}

}  // namespace
}  // namespace firstcome::api
