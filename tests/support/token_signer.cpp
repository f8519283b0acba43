#include "support/token_signer.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <vector>

#include "identity/base64.hpp"

namespace firstcome::testing {
namespace {

using identity::encode_base64url;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Two numbers of 32 bytes side by side, as RFC 7518 section 3.4 has them.
std::string pair_of(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string both(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), reinterpret_cast<unsigned char*>(both.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), reinterpret_cast<unsigned char*>(both.data()) + 32, 32);
  ECDSA_SIG_free(parsed);
  return both;
}

token_signer must(EVP_PKEY* key, token_signer made) {
  if (key == nullptr) throw std::runtime_error("OpenSSL makes no such key");
  return made;
}

}  // namespace

token_signer token_signer::with_secret(std::string secret) {
  token_signer made;
  made.secret_ = std::move(secret);
  return made;
}

token_signer token_signer::rsa(int bits) {
  token_signer made;
  made.key_ = {EVP_RSA_gen(static_cast<unsigned>(bits)), &EVP_PKEY_free};
  return must(made.key_.get(), made);
}

token_signer token_signer::ec(const char* curve) {
  token_signer made;
  made.key_ = {EVP_EC_gen(curve), &EVP_PKEY_free};
  return must(made.key_.get(), made);
}

token_signer token_signer::ed25519() {
  token_signer made;
  made.key_ = {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
  return must(made.key_.get(), made);
}

std::string token_signer::public_pem() const {
  BIO* into = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(into, key_.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(into, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(into);
  return text;
}

std::string token_signer::rsa_jwk(std::string_view key_id) const {
  const auto number = [&](const char* name) {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return encode_base64url(bytes);
  };
  return R"({"kty":"RSA","alg":"RS256","use":"sig","kid":")" + std::string(key_id) + R"(","n":")" +
         number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + "\"}";
}

std::string token_signer::signature_of(std::string_view text, std::string_view algorithm) const {
  if (algorithm == "HS256") {
    unsigned int size = 0;
    std::vector<unsigned char> code(EVP_MAX_MD_SIZE);
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text), text.size(), code.data(),
         &size);
    return {reinterpret_cast<const char*>(code.data()), size};
  }
  EVP_MD_CTX* work = EVP_MD_CTX_new();
  EVP_PKEY_CTX* how = nullptr;
  EVP_DigestSignInit(work, &how, algorithm == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get());
  if (algorithm == "PS256") {
    EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST);
  }
  std::size_t size = 0;
  EVP_DigestSign(work, nullptr, &size, bytes_of(text), text.size());
  std::vector<unsigned char> made(size);
  const bool signed_it = EVP_DigestSign(work, made.data(), &size, bytes_of(text), text.size()) == 1;
  EVP_MD_CTX_free(work);
  if (!signed_it) throw std::runtime_error("OpenSSL signs nothing with this key and algorithm");
  made.resize(size);
  if (algorithm == "ES256") return pair_of(made);
  return {reinterpret_cast<const char*>(made.data()), made.size()};
}

std::string token_signer::token(std::string_view header, std::string_view payload, std::string_view algorithm) const {
  const std::string text = encode_base64url(header) + '.' + encode_base64url(payload);
  return text + '.' + encode_base64url(signature_of(text, algorithm));
}

std::string token_signer::token(std::string_view payload, std::string_view algorithm) const {
  return token(R"({"alg":")" + std::string(algorithm) + R"(","typ":"JWT"})", payload, algorithm);
}

}  // namespace firstcome::testing
