#include "api/auth.hpp"

#include <gtest/gtest.h>
#include <jwt/jwt.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

namespace firstcome::api {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

const std::string secret = "a secret of thirty-two bytes or more";

struct key_pair {
  std::string private_pem, public_pem;
};

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

key_pair pem_of(EVP_PKEY* key) {
  BIO* secret_part = BIO_new(BIO_s_mem());
  BIO* public_part = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret_part, key, nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(public_part, key);
  EVP_PKEY_free(key);
  return {text_of(secret_part), text_of(public_part)};
}

const key_pair& rsa() {
  static const key_pair keys = pem_of(EVP_RSA_gen(2048));
  return keys;
}
const key_pair& p256() {
  static const key_pair keys = pem_of(EVP_EC_gen("P-256"));
  return keys;
}

jwt::jwt_object claims_of(const char* subject, const char* algorithm, const std::string& key) {
  jwt::jwt_object token{jwt::params::algorithm(algorithm), jwt::params::secret(key)};
  token.add_claim("sub", std::string(subject));
  return token;
}

std::string token_of(const char* subject, const char* algorithm = "HS256", const std::string& key = secret) {
  return claims_of(subject, algorithm, key).signature();
}

std::string base64url(std::string_view text) {
  std::string encoded = jwt::base64_encode(text.data(), text.size());
  encoded.resize(jwt::base64_uri_encode(encoded.data(), encoded.size()));
  return encoded;
}

/// Any payload, signed with the right secret.
std::string signed_token(std::string_view header, std::string_view payload) {
  const std::string signed_part = base64url(header) + '.' + base64url(payload);
  const auto [signature, ec] = jwt::HMACSign<jwt::algo::HS256>::sign(secret, signed_part);
  return signed_part + '.' + base64url(signature);
}

user_tokens hs256() {
  return user_tokens({token_algorithm::hs256, secret, seconds(30)});
}

TEST(user_tokens, give_the_subject_of_a_valid_token) {
  EXPECT_EQ(hs256().user_of(token_of("42")), static_cast<user_id>(42));
  EXPECT_EQ(hs256().user_of(signed_token(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":42})")), static_cast<user_id>(42));
  EXPECT_EQ(user_tokens({token_algorithm::rs256, rsa().public_pem, seconds(30)})
                .user_of(token_of("7", "RS256", rsa().private_pem)),
            static_cast<user_id>(7));
  EXPECT_EQ(user_tokens({token_algorithm::es256, p256().public_pem, seconds(30)})
                .user_of(token_of("8", "ES256", p256().private_pem)),
            static_cast<user_id>(8));
}

TEST(user_tokens, refuse_a_subject_that_is_not_a_user_id) {
  for (const char* subject : {"", "0", "-1", "alice", "1.0", "9223372036854775808"})
    EXPECT_EQ(hs256().user_of(token_of(subject)), std::nullopt) << subject;
  for (const char* payload :
       {"{}", "[]", "1", "\"x\"", R"({"sub":true})", R"({"sub":{"a":1}})", R"({"sub":1.0})", "not json"})
    EXPECT_EQ(hs256().user_of(signed_token(R"({"alg":"HS256","typ":"JWT"})", payload)), std::nullopt) << payload;
}

TEST(user_tokens, honour_expiry_and_not_before_with_a_small_leeway) {
  const auto with = [](const char* claim, seconds from_now) {
    auto token = claims_of("42", "HS256", secret);
    token.add_claim(claim, system_clock::now() + from_now);
    return hs256().user_of(token.signature()).has_value();
  };
  EXPECT_TRUE(with("exp", seconds(60)));
  EXPECT_TRUE(with("exp", seconds(-10)));
  EXPECT_FALSE(with("exp", seconds(-60)));
  EXPECT_TRUE(with("nbf", seconds(-60)));
  EXPECT_TRUE(with("nbf", seconds(10)));
  EXPECT_FALSE(with("nbf", seconds(90)));
}

const std::chrono::sys_seconds noon{seconds(1'800'000'000)};

bool holds_at_noon(const std::string& claims) {
  const std::string token = signed_token(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":"42",)" + claims + "}");
  return hs256().user_of(token, noon).has_value();
}

TEST(user_tokens, are_valid_from_nbf_on_and_before_exp_each_with_the_leeway) {
  EXPECT_TRUE(holds_at_noon(R"("exp":1799999971)"));
  EXPECT_FALSE(holds_at_noon(R"("exp":1799999970)"));
  EXPECT_TRUE(holds_at_noon(R"("nbf":1800000030)"));
  EXPECT_FALSE(holds_at_noon(R"("nbf":1800000031)"));
}

TEST(user_tokens, read_times_far_away_as_what_they_are) {
  for (const char* long_ago : {"0", "1", "29", "-1", "-9223372036854775808"}) {
    EXPECT_TRUE(holds_at_noon(std::string(R"("nbf":)") + long_ago)) << long_ago;
    EXPECT_FALSE(holds_at_noon(std::string(R"("exp":)") + long_ago)) << long_ago;
  }
  EXPECT_FALSE(holds_at_noon(R"("nbf":9223372036854775807)"));
  EXPECT_TRUE(holds_at_noon(R"("exp":9223372036854775807)"));
}

TEST(user_tokens, refuse_times_that_are_no_whole_numbers) {
  for (const char* claim : {"exp", "nbf"})
    for (const char* value : {"null", "true", "\"1800000000\"", "1800000000.0", "1.8e9", "[]", "{}", "1e400",
                              "9223372036854775808", "18446744073709551616"})
      EXPECT_FALSE(holds_at_noon('"' + std::string(claim) + "\":" + value)) << claim << ' ' << value;
}

TEST(user_tokens, without_an_expiry_do_not_expire) {
  EXPECT_TRUE(holds_at_noon(R"("iat":1)"));
}

TEST(user_tokens, refuse_every_algorithm_but_the_configured_one) {
  EXPECT_EQ(hs256().user_of(token_of("42", "HS512")), std::nullopt);
  EXPECT_EQ(hs256().user_of(token_of("42", "RS256", rsa().private_pem)), std::nullopt);
  const std::string unsigned_part = base64url(R"({"alg":"none"})") + '.' + base64url(R"({"sub":"42"})") + '.';
  EXPECT_EQ(hs256().user_of(unsigned_part), std::nullopt);
  EXPECT_EQ(hs256().user_of(unsigned_part + "AAAA"), std::nullopt);
}

TEST(user_tokens, refuse_a_public_key_used_as_a_secret) {
  const user_tokens tokens({token_algorithm::rs256, rsa().public_pem, seconds(30)});
  EXPECT_EQ(tokens.user_of(token_of("42", "HS256", rsa().public_pem)), std::nullopt);
}

TEST(user_tokens, refuse_another_signature) {
  EXPECT_EQ(hs256().user_of(token_of("42", "HS256", "another secret of thirty-two bytes")), std::nullopt);
  std::string changed = token_of("42");
  changed.back() = changed.back() == 'A' ? 'E' : 'A';
  EXPECT_EQ(hs256().user_of(changed), std::nullopt);
  const std::string good = token_of("42");
  EXPECT_EQ(hs256().user_of(good.substr(0, good.rfind('.') + 1)), std::nullopt);
  for (std::size_t i = good.rfind('.') + 1; i < good.size(); ++i) {
    std::string other = good;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(hs256().user_of(other), std::nullopt) << i;
  }
  EXPECT_EQ(hs256().user_of(good + 'A'), std::nullopt);
}

TEST(user_tokens, refuse_another_signature_of_a_key_pair) {
  for (const auto& [algorithm, name, keys] :
       {std::tuple(token_algorithm::rs256, "RS256", rsa()), std::tuple(token_algorithm::es256, "ES256", p256())}) {
    const user_tokens tokens({algorithm, keys.public_pem});
    const std::string good = token_of("42", name, keys.private_pem);
    std::string other = good;
    const std::size_t middle = (good.rfind('.') + good.size()) / 2;
    other[middle] = other[middle] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(tokens.user_of(good)) << name;
    EXPECT_FALSE(tokens.user_of(other)) << name;
    const std::string other_payload = base64url(R"({"sub":"43"})");
    const std::size_t first = good.find('.');
    EXPECT_FALSE(tokens.user_of(good.substr(0, first + 1) + other_payload + good.substr(good.rfind('.')))) << name;
  }
}

TEST(user_tokens, survive_what_is_no_token) {
  const std::string good = token_of("42");
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_EQ(hs256().user_of(good.substr(0, size)), std::nullopt);
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : {'\xFF', '.', '=', '\0', '+', '\x80'}) {
      std::string changed = good;
      changed[i] = c;
      if (changed == good) continue;
      EXPECT_EQ(hs256().user_of(changed), std::nullopt);
    }
  for (const char* header :
       {"{}", "[]", R"({"alg":1})", R"({"alg":"HS256","typ":7})", R"({"alg":"HS256","typ":""})", "x"})
    EXPECT_EQ(hs256().user_of(signed_token(header, R"({"sub":"42"})")), std::nullopt) << header;
  EXPECT_EQ(hs256().user_of(good + ".x"), std::nullopt);
}

TEST(user_tokens, want_a_key_that_fits_the_algorithm) {
  EXPECT_THROW(user_tokens({token_algorithm::hs256, "short", seconds(30)}), std::invalid_argument);
  EXPECT_THROW(user_tokens({token_algorithm::rs256, secret, seconds(30)}), std::invalid_argument);
  EXPECT_THROW(user_tokens({token_algorithm::rs256, p256().public_pem, seconds(30)}), std::invalid_argument);
  EXPECT_THROW(user_tokens({token_algorithm::es256, rsa().public_pem, seconds(30)}), std::invalid_argument);
  EXPECT_THROW(user_tokens({token_algorithm::es256, pem_of(EVP_EC_gen("P-384")).public_pem, seconds(30)}),
               std::invalid_argument);
  EXPECT_THROW(user_tokens({token_algorithm::rs256, pem_of(EVP_RSA_gen(1024)).public_pem, seconds(30)}),
               std::invalid_argument);
}

TEST(admin_token, must_be_given_exactly) {
  const auth a({.admin_token = "s3cret", .tokens = {}});
  EXPECT_TRUE(a.is_admin("Bearer s3cret"));
  EXPECT_TRUE(a.is_admin("bearer  s3cret"));
  for (const char* other :
       {"", "s3cret", "Bearer", "Bearer ", "Bearer S3cret", "Bearer s3cre", "Bearer s3crets", "Basic s3cret"})
    EXPECT_FALSE(a.is_admin(other)) << other;
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
  const auth a(
      {.admin_token = "s3cret", .users = user_auth::jwt, .tokens = {token_algorithm::hs256, secret, seconds(30)}});
  const auto who = a.caller_of("Bearer " + token_of("42"), false);
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->may_act_for(static_cast<user_id>(42)));
  EXPECT_FALSE(who->may_act_for(static_cast<user_id>(43)));
  EXPECT_FALSE(a.caller_of("", false));
  EXPECT_FALSE(a.caller_of("Bearer s3cret", false));
  ASSERT_TRUE(a.caller_of("Bearer s3cret", true));
  EXPECT_TRUE(a.caller_of("Bearer s3cret", true)->may_act_for(static_cast<user_id>(43)));
}

}  // namespace
}  // namespace firstcome::api
