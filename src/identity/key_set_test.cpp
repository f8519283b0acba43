#include "identity/key_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "identity/base64.hpp"
#include "support/token_signer.hpp"

namespace firstcome::identity {
namespace {

using firstcome::testing::token_signer;
using ::testing::HasSubstr;

// RFC 7515 appendix A.1: HMAC, whose key is given as base64url.
const std::string a1_key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const std::string a1_text =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string a1_signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// RFC 7515 appendix A.2: RSA.
const std::string a2_keys =
    R"({"keys":[{"kty":"RSA","kid":"a2","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQ)"
    R"(oTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGz)"
    R"(jb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5)"
    R"(IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})";
const std::string a2_text =
    "eyJhbGciOiJSUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string a2_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
    "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
    "Ge77Rw";

// RFC 7515 appendix A.3: ECDSA on P-256.
const std::string a3_keys = R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a3",)"
                            R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
const std::string a3_text =
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string a3_signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 8037 appendix A.4: Ed25519.
const std::string ed_keys =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
const std::string ed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const std::string ed_signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

bool fits(const key_set& keys, algorithm by, const std::string& text, const std::string& signature) {
  return keys.verify(by, "", text, decode_base64url(signature).value());
}

key_set of_secret(std::string_view bytes) {
  key_set keys;
  keys.add(verification_key::of_secret(bytes));
  return keys;
}

TEST(keys, verify_what_the_rfcs_show) {
  EXPECT_TRUE(fits(of_secret(decode_base64(a1_key).value()), algorithm::hs256, a1_text, a1_signature));
  EXPECT_TRUE(fits(keys_of_jwks(a2_keys, {}), algorithm::rs256, a2_text, a2_signature));
  EXPECT_TRUE(fits(keys_of_jwks(a3_keys, {}), algorithm::es256, a3_text, a3_signature));
  EXPECT_TRUE(fits(keys_of_jwks(ed_keys, {}), algorithm::eddsa, ed_text, ed_signature));
}

TEST(keys, do_not_verify_what_was_changed) {
  EXPECT_FALSE(fits(of_secret(decode_base64(a1_key).value()), algorithm::hs256, a1_text + "A", a1_signature));
  EXPECT_FALSE(fits(keys_of_jwks(a2_keys, {}), algorithm::rs256, a2_text + "A", a2_signature));
  EXPECT_FALSE(fits(keys_of_jwks(a3_keys, {}), algorithm::es256, a3_text + "A", a3_signature));
  EXPECT_FALSE(fits(keys_of_jwks(ed_keys, {}), algorithm::eddsa, ed_text + "A", ed_signature));
  EXPECT_FALSE(fits(keys_of_jwks(a3_keys, {}), algorithm::es256, a3_text, ed_signature));
}

TEST(keys, are_chosen_by_their_id) {
  const token_signer one = token_signer::ed25519(), two = token_signer::ed25519();
  const auto key = [](const token_signer& of, const char* id) {
    const key_set read = keys_of_pem(of.public_pem(), {});
    return verification_key(algorithm::eddsa, read.keys().at(0).shared(), id);
  };
  key_set keys;
  keys.add(key(one, "1"));
  keys.add(key(two, "2"));
  const std::string token = one.token("{}", "EdDSA");
  const std::string text = token.substr(0, token.rfind('.'));
  const std::string signature = decode_base64url(token.substr(token.rfind('.') + 1)).value();
  EXPECT_TRUE(keys.verify(algorithm::eddsa, "1", text, signature));
  EXPECT_FALSE(keys.verify(algorithm::eddsa, "2", text, signature));
  EXPECT_FALSE(keys.verify(algorithm::eddsa, "3", text, signature));
  EXPECT_TRUE(keys.verify(algorithm::eddsa, "", text, signature)) << "without an id, each is tried";
  EXPECT_EQ(keys.why_none(algorithm::eddsa, "1"), std::nullopt);
  EXPECT_EQ(keys.why_none(algorithm::eddsa, "3"), refusal::unknown_key);
  EXPECT_EQ(keys.why_none(algorithm::rs256, "1"), refusal::algorithm);
}

std::string why_no_keys(const std::string& jwks, std::optional<algorithm> only = {}) {
  try {
    keys_of_jwks(jwks, only);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(key_sets, leave_out_what_no_token_may_be_signed_with) {
  const std::string good = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  const auto with = [&](const std::string& other) { return R"({"keys":[)" + other + "," + good + "}]}"; };
  for (const std::string& other :
       {good + R"(,"use":"enc"})", good + R"(,"key_ops":["sign"]})", good + R"(,"alg":"RS256"})", good + R"(,"alg":7})",
        std::string(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"})"),
        std::string(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"),
        std::string(R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
                    R"("y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"),
        std::string(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), std::string("7"), std::string("{}")})
    EXPECT_EQ(keys_of_jwks(with(other), {}).size(), 1U) << other;
}

TEST(key_sets, that_have_no_usable_key_are_refused_with_the_reason) {
  for (const char* text : {"", "x", "[]", "{}", R"({"keys":7})"}) EXPECT_THAT(why_no_keys(text), HasSubstr("\"keys\""));
  EXPECT_THAT(why_no_keys(R"({"keys":[]})"), HasSubstr("none"));
  EXPECT_THAT(why_no_keys(a2_keys, algorithm::es256), HasSubstr("ES256"));
}

std::string why_not_pem(const std::string& pem, std::optional<algorithm> only = {}) {
  try {
    keys_of_pem(pem, only);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(pem_keys, must_fit_their_algorithm) {
  const std::string rsa = token_signer::rsa().public_pem(), p256 = token_signer::ec().public_pem();
  EXPECT_EQ(why_not_pem(rsa + p256), "");
  EXPECT_THAT(why_not_pem(p256, algorithm::rs256), HasSubstr("RS256"));
  EXPECT_THAT(why_not_pem(rsa, algorithm::es256), HasSubstr("ES256"));
  EXPECT_THAT(why_not_pem(rsa, algorithm::hs256), HasSubstr("HS256"));
  EXPECT_THAT(why_not_pem(token_signer::ec("P-384").public_pem()), HasSubstr("P-256"));
  EXPECT_THAT(why_not_pem(token_signer::rsa(1024).public_pem()), HasSubstr("2048"));
  EXPECT_THAT(why_not_pem(""), HasSubstr("PEM"));
  EXPECT_THAT(why_not_pem(rsa + "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"), HasSubstr("PEM"));
}

TEST(secrets, must_not_be_guessable) {
  EXPECT_THROW(verification_key::of_secret(std::string(31, 's')), std::invalid_argument);
  EXPECT_NO_THROW(verification_key::of_secret(std::string(32, 's')));
}

TEST(base64, is_read_in_both_alphabets_for_secrets_and_strictly_in_tokens) {
  EXPECT_EQ(decode_base64("+/8="), "\xFB\xFF");
  EXPECT_EQ(decode_base64("-_8"), "\xFB\xFF");
  EXPECT_EQ(decode_base64url("-_8"), "\xFB\xFF");
  for (const char* other : {"+/8", "-_8=", "-_9", "A", "AAAAA", "A A", "A\n"})
    EXPECT_EQ(decode_base64url(other), std::nullopt) << other;
  for (int size = 0; size < 40; ++size) {
    const std::string bytes(static_cast<std::size_t>(size), static_cast<char>(0xA7 + size));
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes);
  }
}

}  // namespace
}  // namespace firstcome::identity
