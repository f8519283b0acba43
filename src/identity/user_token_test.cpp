// What is wanted of users' tokens: the advice of RFC 8725 case by case, RFC 9068's types, and what is no token at all.

#include <gmock/gmock.h>

#include <set>
#include <tuple>

#include "identity/base64.hpp"
#include "identity/user_tokens.hpp"
#include "support/token_signer.hpp"

namespace firstcome::identity {
namespace {

using firstcome::testing::token_signer;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const token_signer& shared_secret() {
  static const token_signer one = token_signer::with_secret("a secret of thirty-two bytes or more");
  return one;
}
const token_signer& rsa() {
  static const token_signer one = token_signer::rsa();
  return one;
}
const token_signer& p256() {
  static const token_signer one = token_signer::ec();
  return one;
}
const token_signer& ed25519() {
  static const token_signer one = token_signer::ed25519();
  return one;
}

const token_time noon{std::chrono::seconds(1'800'000'000)};
const std::string valid = R"({"sub":"42","exp":1800000060})";

user_tokens with_secret(token_rules rules = {}) {
  user_token_settings settings{.rules = std::move(rules), .keys = {}};
  settings.keys.add(verification_key::of_secret(shared_secret().secret()));
  return user_tokens(std::move(settings));
}

user_tokens with_keys(const std::string& pem, std::optional<algorithm> only = {}) {
  return user_tokens({.rules = {}, .keys = keys_of_pem(pem, only)});
}

/// The user's id as text, or why there is none.
std::string outcome(user_tokens& tokens, const std::string& token, token_time now = noon) {
  const auto claim = tokens.read(token, hash_of(token), now);
  if (!claim) return std::string(name_of(claim.error()));
  return tokens.verify(*claim, now) ? std::to_string(raw(claim->said.user)) : "signature";
}
std::string outcome(user_tokens&& tokens, const std::string& token) {
  return outcome(tokens, token);
}

std::string with_header(const std::string& header) {
  return outcome(with_secret(), shared_secret().token(header, valid, "HS256"));
}

std::string with_claims(const std::string& claims, const token_rules& rules = {}) {
  return outcome(with_secret(rules), shared_secret().token(claims, "HS256"));
}

std::string with_exp_and(const std::string& claims, const token_rules& rules = {}) {
  return with_claims(R"({"sub":"42","exp":1800000060,)" + claims + "}", rules);
}

TEST(user_tokens, are_taken_with_each_algorithm) {
  EXPECT_EQ(outcome(with_secret(), shared_secret().token(valid, "HS256")), "42");
  EXPECT_EQ(outcome(with_keys(rsa().public_pem()), rsa().token(valid, "RS256")), "42");
  EXPECT_EQ(outcome(with_keys(rsa().public_pem(), algorithm::ps256), rsa().token(valid, "PS256")), "42");
  EXPECT_EQ(outcome(with_keys(p256().public_pem()), p256().token(valid, "ES256")), "42");
  EXPECT_EQ(outcome(with_keys(ed25519().public_pem()), ed25519().token(valid, "EdDSA")), "42");
}

TEST(user_tokens, are_taken_from_each_of_several_keys) {
  const token_signer next = token_signer::rsa();
  user_tokens tokens = with_keys(rsa().public_pem() + p256().public_pem() + next.public_pem());
  EXPECT_EQ(outcome(tokens, rsa().token(valid, "RS256")), "42");
  EXPECT_EQ(outcome(tokens, p256().token(valid, "ES256")), "42");
  EXPECT_EQ(outcome(tokens, next.token(valid, "RS256")), "42");
  EXPECT_EQ(outcome(tokens, token_signer::rsa().token(valid, "RS256")), "signature");
}

TEST(user_tokens, are_not_taken_with_a_key_that_is_for_another_algorithm) {
  user_tokens for_rs256 = with_keys(rsa().public_pem());
  EXPECT_EQ(outcome(for_rs256, token_signer::with_secret(rsa().public_pem()).token(valid, "HS256")), "algorithm");
  EXPECT_EQ(outcome(for_rs256, rsa().token(valid, "PS256")), "algorithm");
  EXPECT_EQ(outcome(for_rs256, rsa().token(R"({"alg":"RS256"})", valid, "PS256")), "signature");
  EXPECT_EQ(outcome(with_secret(), rsa().token(valid, "RS256")), "algorithm");
  EXPECT_EQ(
      outcome(with_keys(rsa().public_pem() + p256().public_pem()), rsa().token(R"({"alg":"ES256"})", valid, "RS256")),
      "signature");
}

TEST(user_tokens, without_a_signature_are_refused_whatever_they_call_it) {
  for (const char* name : {"none", "None", "NONE", "nOnE", "HS512", "hs256", "RS256 ", ""})
    EXPECT_EQ(with_header(R"({"alg":")" + std::string(name) + "\"}"), "algorithm") << name;
  const std::string unsigned_part = encode_base64url(R"({"alg":"none"})") + '.' + encode_base64url(valid) + '.';
  EXPECT_EQ(outcome(with_secret(), unsigned_part), "algorithm");
  const std::string signed_part = encode_base64url(R"({"alg":"HS256"})") + '.' + encode_base64url(valid) + '.';
  EXPECT_EQ(outcome(with_secret(), signed_part), "malformed");
  EXPECT_EQ(outcome(with_secret(), signed_part + "AAAA"), "signature");
}

TEST(user_tokens, may_say_that_they_are_one_in_each_of_the_usual_ways) {
  EXPECT_EQ(with_header(R"({"alg":"HS256"})"), "42");
  for (const char* type : {"JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"})
    EXPECT_EQ(with_header(R"({"alg":"HS256","typ":")" + std::string(type) + "\"}"), "42") << type;
  for (const char* type : {"\"\"", "\"JOSE\"", "\"JWS\"", "\"application/jwt\"", "\"dpop+jwt\"", "\"logout+jwt\"",
                           "\"secevent+jwt\"", "null", "7", "[\"JWT\"]"})
    EXPECT_EQ(with_header(R"({"alg":"HS256","typ":)" + std::string(type) + "}"), "type") << type;
}

TEST(user_tokens, with_a_critical_extension_are_refused) {
  for (const char* extensions : {R"(["exp"])", R"(["b64"])", "[]", "null", "\"exp\""})
    EXPECT_EQ(with_header(R"({"alg":"HS256","crit":)" + std::string(extensions) + R"(,"exp":1,"b64":true})"),
              "critical")
        << extensions;
}

TEST(user_tokens, bring_no_keys_of_their_own) {
  for (const char* more :
       {R"("jwk":{"kty":"oct","k":"AAAA"})", R"("jku":"https://x.example/keys")", R"("x5c":["AA"])",
        R"("x5u":"https://x.example/chain")", R"("kid":"../../../../dev/null")", R"("kid":"x' UNION SELECT 'key")"})
    EXPECT_EQ(with_header(R"({"alg":"HS256",)" + std::string(more) + "}"), "42") << "not looked at: " << more;
  EXPECT_EQ(outcome(with_secret(), token_signer::with_secret("").token(
                                       R"({"alg":"HS256","kid":"../../../../dev/null"})", valid, "HS256")),
            "signature");
}

TEST(user_tokens, without_an_expiry_are_refused_unless_that_is_waived) {
  EXPECT_EQ(with_claims(R"({"sub":"42"})"), "no_expiry");
  token_rules rules;
  rules.allow_no_expiry = true;
  EXPECT_EQ(with_claims(R"({"sub":"42"})", rules), "42");
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1})", rules), "expired");
}

TEST(user_tokens, are_valid_from_nbf_on_and_before_exp_each_with_the_leeway) {
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1799999995.001})"), "42");
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1799999995})"), "expired");
  EXPECT_EQ(with_exp_and(R"("nbf":1800000005)"), "42");
  EXPECT_EQ(with_exp_and(R"("nbf":1800000005.25)"), "not_yet_valid");
  token_rules exact;
  exact.leeway = {};
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1800000000})", exact), "expired");
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1800000000.5})", exact), "42");
}

TEST(user_tokens, read_every_way_to_write_a_time) {
  for (const char* later : {"4102444800", "4102444800.0", "4102444800.25", "4.1E9", "4.1e+9", "9223372036854775807",
                            "18446744073709551615", "1e300"})
    EXPECT_EQ(with_claims(R"({"sub":"42","exp":)" + std::string(later) + "}"), "42") << later;
  for (const char* long_ago : {"0", "1", "29", "-1", "-9223372036854775808", "1.7e9", "-1e300"}) {
    EXPECT_EQ(with_exp_and(R"("nbf":)" + std::string(long_ago)), "42") << long_ago;
    EXPECT_EQ(with_claims(R"({"sub":"42","exp":)" + std::string(long_ago) + "}"), "expired") << long_ago;
  }
  EXPECT_EQ(with_exp_and(R"("nbf":4.1E9)"), "not_yet_valid");
  EXPECT_EQ(with_exp_and(R"("iat":4.1E9)"), "42") << "when it was made says nothing";
  for (const char* value : {"null", "true", "\"4102444800\"", "[]", "{}", "1e400"}) {
    EXPECT_EQ(with_claims(R"({"sub":"42","exp":)" + std::string(value) + "}"), "expiry_kind") << value;
    EXPECT_EQ(with_exp_and(R"("nbf":)" + std::string(value)), "not_before_kind") << value;
  }
}

TEST(user_tokens, of_another_issuer_are_refused) {
  token_rules rules;
  rules.issuer = "https://id.example";
  EXPECT_EQ(with_exp_and(R"("iss":"https://id.example")", rules), "42");
  for (const char* other : {R"("iss":"https://id.example/")", R"("iss":"")", R"("issuer":"https://id.example")"})
    EXPECT_EQ(with_exp_and(other, rules), "issuer") << other;
  for (const char* value : {"null", "7", "true", R"(["https://id.example"])", R"({"iss":"https://id.example"})"})
    EXPECT_EQ(with_exp_and(R"("iss":)" + std::string(value), rules), "issuer_kind") << value;
}

TEST(user_tokens, for_another_audience_are_refused) {
  token_rules rules;
  rules.audiences = {"shop", "coupons"};
  for (const char* ours : {R"("aud":"coupons")", R"("aud":["x","shop"])"})
    EXPECT_EQ(with_exp_and(ours, rules), "42") << ours;
  for (const char* other : {R"("aud":"x")", R"("aud":["x"])", R"("aud":[])", R"("aud":"Coupons")", R"("iss":"shop")"})
    EXPECT_EQ(with_exp_and(other, rules), "audience") << other;
  for (const char* value : {"7", "null", "true", R"([["shop"]])", R"({"shop":1})", R"(["x",7])"})
    EXPECT_EQ(with_exp_and(R"("aud":)" + std::string(value), rules), "audience_kind") << value;
  EXPECT_EQ(with_exp_and(R"("aud":"x")"), "42") << "nobody said which audience is ours";
}

TEST(user_tokens, name_the_user_in_the_claim_that_was_chosen) {
  EXPECT_EQ(with_claims(R"({"sub":42,"exp":4.1e9})"), "42");
  EXPECT_EQ(with_claims(R"({"sub":"9223372036854775807","exp":4.1e9})"), "9223372036854775807");
  for (const char* subject : {"\"\"", "\"0\"", "\"-1\"", "\"alice\"", "\"1.0\"", "\"9223372036854775808\"", "\"007\"",
                              "\" 7\"", "\"7 \"", "true", "null", "{\"a\":1}", "1.5", "0", "-1", "9223372036854775808"})
    EXPECT_EQ(with_claims(R"({"sub":)" + std::string(subject) + R"(,"exp":4.1e9})"), "user") << subject;
  EXPECT_EQ(with_claims(R"({"exp":4.1e9})"), "user");
  token_rules rules;
  rules.user_claim = "https://shop.example/member_no";
  EXPECT_EQ(with_claims(R"({"sub":"auth0|x","https://shop.example/member_no":7,"exp":4.1e9})", rules), "7");
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":4.1e9})", rules), "user");
}

TEST(user_tokens, with_another_signature_are_refused) {
  for (const auto& [algorithm, keys] :
       {std::tuple("RS256", rsa()), std::tuple("ES256", p256()), std::tuple("EdDSA", ed25519())}) {
    user_tokens tokens = with_keys(keys.public_pem());
    const std::string good = keys.token(valid, algorithm);
    EXPECT_EQ(outcome(tokens, good), "42");
    const std::size_t first = good.find('.');
    const std::string signature = good.substr(good.rfind('.'));
    const std::string other_payload = encode_base64url(R"({"sub":"43","exp":1800000060})");
    EXPECT_EQ(outcome(tokens, good.substr(0, first + 1) + other_payload + signature), "signature") << algorithm;
    for (std::size_t i = good.rfind('.') + 1; i < good.size(); i += 7) {
      std::string other = good;
      other[i] = other[i] == 'A' ? 'B' : 'A';
      EXPECT_NE(outcome(tokens, other), "42") << algorithm << i;
    }
    const std::string zeros = encode_base64url(std::string(decode_base64url(signature.substr(1))->size(), '\0'));
    EXPECT_EQ(outcome(tokens, good.substr(0, good.rfind('.') + 1) + zeros), "signature") << algorithm;
    EXPECT_NE(outcome(tokens, good + "AA"), "42");
  }
}

TEST(user_tokens, with_an_ecdsa_signature_in_der_are_refused) {
  const std::string good = p256().token(valid, "ES256");
  const std::string der = encode_base64url(std::string("\x30\x06\x02\x01\x01\x02\x01\x01", 8));
  EXPECT_EQ(outcome(with_keys(p256().public_pem()), good.substr(0, good.rfind('.') + 1) + der), "signature");
}

TEST(user_tokens, have_one_spelling_only) {
  const std::string good = shared_secret().token(valid, "HS256");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(outcome(with_secret(), good.substr(0, size)), "42") << size;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : {'\xFF', '.', '=', '\0', '+', '/', '\x80', 'A', 'B'}) {
      std::string changed = good;
      changed[i] = c;
      if (changed == good) continue;
      EXPECT_NE(outcome(with_secret(), changed), "42") << i << c;
    }
  for (const char* end : {"A", "=", ".", ".x", "\n", " "}) EXPECT_NE(outcome(with_secret(), good + end), "42") << end;
}

TEST(user_tokens, whose_header_has_another_kind_of_value_are_told_which) {
  for (const char* header : {"{}", R"({"alg":1})", R"({"alg":null})", R"({"alg":["HS256"]})"})
    EXPECT_EQ(with_header(header), "algorithm_kind") << header;
  for (const char* value : {"7", "null", "[\"a\"]", "{}", "true"})
    EXPECT_EQ(with_header(R"({"alg":"HS256","kid":)" + std::string(value) + "}"), "key_id_kind") << value;
}

TEST(the_words_of_a_refusal, name_the_claim_and_what_it_must_be) {
  const refusal_words words("https://shop.example/member_no");
  for (const auto& [why, said] : {std::pair(refusal::algorithm_kind, "alg must be there, as a text such as RS256"),
                                  std::pair(refusal::key_id_kind, "kid must be a text, or be left out"),
                                  std::pair(refusal::issuer_kind, "iss must be a text"),
                                  std::pair(refusal::audience_kind, "aud must be a text or a list of texts"),
                                  std::pair(refusal::expiry_kind, "exp must be a number of seconds since 1970"),
                                  std::pair(refusal::not_before_kind, "nbf must be a number of seconds since 1970"),
                                  std::pair(refusal::type, "typ must be the text JWT or at+jwt, or be left out"),
                                  std::pair(refusal::user,
                                            "https://shop.example/member_no must be there, as a whole number from 1 to "
                                            "9223372036854775807 or its decimal text")}) {
    EXPECT_EQ(words.description_of(why), said);
    EXPECT_EQ(words.challenge_of(why),
              "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"" + std::string(said) + "\"\r\n");
  }
  EXPECT_EQ(words.challenge_of(refusal::missing), "WWW-Authenticate: Bearer\r\n");
}

TEST(the_words_of_a_refusal, fit_into_a_header_whatever_the_claim_is_called) {
  for (const char* name : {"a\"b", "a\\b", "a\r\nb", "회원"})
    EXPECT_THAT(refusal_words(name).challenge_of(refusal::user),
                HasSubstr("\"the claim that names the user must be there"))
        << name;
}

TEST(the_names_of_refusals, are_there_once_and_fit_a_label) {
  const std::vector<std::string> names = refusal_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), refusals);
  for (const std::string& name : names) EXPECT_THAT(name, MatchesRegex("[a-z_]+"));
}

TEST(user_tokens, that_hold_no_json_objects_are_refused) {
  for (const char* header : {"[]", "x", "", "7", "{\"alg\":\"HS256\"}x"})
    EXPECT_EQ(with_header(header), "malformed") << header;
  for (const char* payload : {"[]", "1", "\"x\"", "not json", "", "{\"sub\":\"42\",\"exp\":1800000060}}"})
    EXPECT_EQ(with_claims(payload), "malformed") << payload;
  EXPECT_EQ(with_claims(std::string(2000, '[')), "malformed");
  EXPECT_EQ(with_claims(R"({"sub":"42","exp":1800000060,"x":)" + std::string(2000, '[') + std::string(2000, ']') + "}"),
            "malformed");
}

TEST(verified_tokens_of_users, are_remembered_until_they_expire_and_forged_ones_never) {
  user_tokens tokens = with_keys(rsa().public_pem());
  const std::string good = rsa().token(valid, "RS256"), forged = token_signer::rsa().token(valid, "RS256");
  EXPECT_EQ(outcome(tokens, forged), "signature");
  EXPECT_FALSE(tokens.remembered(hash_of(forged), noon));
  EXPECT_FALSE(tokens.remembered(hash_of(good), noon));
  EXPECT_EQ(outcome(tokens, good), "42");
  EXPECT_EQ(tokens.remembered(hash_of(good), noon), user_id{42});
  const token_time end = noon + std::chrono::seconds(60 + 5);  // with the leeway
  EXPECT_EQ(tokens.remembered(hash_of(good), end - std::chrono::milliseconds(1)), user_id{42});
  EXPECT_FALSE(tokens.remembered(hash_of(good), end));
  EXPECT_EQ(outcome(tokens, good, end), "expired");
}

TEST(verified_tokens_of_users, are_remembered_when_they_never_expire) {
  user_tokens tokens({.rules = {.allow_no_expiry = true}, .keys = keys_of_pem(rsa().public_pem(), {})});
  const std::string good = rsa().token(R"({"sub":"42"})", "RS256");
  EXPECT_EQ(outcome(tokens, good), "42");
  EXPECT_EQ(tokens.remembered(hash_of(good), noon + std::chrono::years(100)), user_id{42});
}

TEST(keys, that_come_take_nothing_away_and_one_that_goes_takes_its_tokens) {
  user_tokens tokens = with_keys(rsa().public_pem());
  const std::string old = rsa().token(valid, "RS256"), next = p256().token(valid, "ES256");
  EXPECT_EQ(outcome(tokens, old), "42");
  EXPECT_EQ(outcome(tokens, next), "algorithm");
  tokens.use(keys_of_pem(rsa().public_pem() + p256().public_pem(), {}));
  EXPECT_TRUE(tokens.remembered(hash_of(old), noon));
  EXPECT_EQ(outcome(tokens, next), "42");
  tokens.use(keys_of_pem(p256().public_pem(), {}));
  EXPECT_FALSE(tokens.remembered(hash_of(old), noon));
  EXPECT_EQ(outcome(tokens, old), "algorithm");
  EXPECT_EQ(outcome(tokens, next), "42");
  EXPECT_THROW(tokens.use({}), std::invalid_argument);
}

TEST(keys, that_went_while_a_token_was_verified_leave_nothing_behind) {
  user_tokens tokens = with_keys(rsa().public_pem());
  const std::string old = rsa().token(valid, "RS256");
  const auto claim = tokens.read(old, hash_of(old), noon);
  tokens.use(keys_of_pem(p256().public_pem(), {}));
  EXPECT_TRUE(tokens.verify(*claim, noon)) << "who has begun ends with the old keys";
  EXPECT_FALSE(tokens.remembered(hash_of(old), noon));
}

}  // namespace
}  // namespace firstcome::identity
