#include "identity/verification_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace firstcome::identity {
namespace {

constexpr std::size_t secret_size_min = 32;       // bytes: as many as the hash has, RFC 7518 section 3.2
constexpr int rsa_bits_min = 2048;                // RFC 7518 section 3.3
constexpr int rsa_bits_max = 8192;                // a verification must not take longer than a request is worth
constexpr std::size_t es256_signature_size = 64;  // r and s, RFC 7518 section 3.4

constexpr std::array<std::pair<std::string_view, algorithm>, 5> names = {{{"HS256", algorithm::hs256},
                                                                          {"RS256", algorithm::rs256},
                                                                          {"PS256", algorithm::ps256},
                                                                          {"ES256", algorithm::es256},
                                                                          {"EdDSA", algorithm::eddsa}}};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_p256(const EVP_PKEY& key) {
  char group[32] = "";
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(&key, group, sizeof group, &size) == 1 && std::string_view(group) == "prime256v1";
}

void refuse_unless_it_fits(algorithm which, const EVP_PKEY& key) {
  const int kind = EVP_PKEY_get_base_id(&key);
  const int bits = EVP_PKEY_get_bits(&key);
  switch (which) {
    case algorithm::hs256:
      throw std::invalid_argument("HS256 needs a secret, and a public key is none");
    case algorithm::rs256:
    case algorithm::ps256:
      if (kind != EVP_PKEY_RSA || bits < rsa_bits_min || bits > rsa_bits_max)
        throw std::invalid_argument(std::string(name_of(which)) + " needs an RSA public key of 2048 to 8192 bits");
      return;
    case algorithm::es256:
      if (kind != EVP_PKEY_EC || !is_p256(key))
        throw std::invalid_argument("ES256 needs an EC public key on the curve P-256");
      return;
    case algorithm::eddsa:
      if (kind != EVP_PKEY_ED25519) throw std::invalid_argument("EdDSA needs an Ed25519 public key");
      return;
  }
}

/// OpenSSL takes an ECDSA signature as DER; a token has the two numbers side by side.
std::vector<unsigned char> der_of(std::string_view signature) {
  const int half = es256_signature_size / 2;
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(bytes_of(signature), half, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(signature) + half, half, nullptr);
  if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::vector<unsigned char> made(der, der + size);
  OPENSSL_free(der);
  return made;
}

}  // namespace

std::string_view name_of(algorithm which) {
  for (const auto& [name, value] : names)
    if (value == which) return name;
  return {};
}

std::optional<algorithm> algorithm_named(std::string_view name) {
  for (const auto& [known, value] : names)
    if (known == name) return value;
  return std::nullopt;
}

std::optional<algorithm> usual_algorithm_of(const verification_key::public_key& key) {
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      return algorithm::rs256;
    case EVP_PKEY_EC:
      return algorithm::es256;
    case EVP_PKEY_ED25519:
      return algorithm::eddsa;
    default:
      return std::nullopt;
  }
}

verification_key verification_key::of_secret(std::string_view bytes, std::string id) {
  if (bytes.size() < secret_size_min)
    throw std::invalid_argument("the HS256 secret is too short and could be guessed: it may have 32 bytes or more");
  verification_key made(std::move(id));
  made.secret_ = runtime::secret(bytes);
  return made;
}

verification_key::verification_key(algorithm bound_to, public_key key, std::string id)
    : bound_to_(bound_to), id_(std::move(id)), key_(std::move(key)) {
  refuse_unless_it_fits(bound_to_, *key_);
  prepare();
}

void verification_key::prepare() {
  prepared_ = {EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  EVP_PKEY_CTX* how = nullptr;  // belongs to prepared_
  const EVP_MD* digest = bound_to_ == algorithm::eddsa ? nullptr : EVP_sha256();
  bool done = prepared_ && EVP_DigestVerifyInit(prepared_.get(), &how, digest, nullptr, key_.get()) == 1;
  if (done && bound_to_ == algorithm::ps256)
    done = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
  if (!done) throw std::invalid_argument("the key cannot be used for " + std::string(name_of(bound_to_)));
}

bool verification_key::is_same_as(const verification_key& other) const {
  if (bound_to_ != other.bound_to_ || id_ != other.id_) return false;
  if (key_ && other.key_) return EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
  const std::string_view secret = secret_.reveal(), others = other.secret_.reveal();
  return !key_ && !other.key_ && secret.size() == others.size() &&
         CRYPTO_memcmp(secret.data(), others.data(), secret.size()) == 0;
}

bool verification_key::verify(std::string_view text, std::string_view signature) const {
  if (bound_to_ != algorithm::hs256) return verify_with_key(text, signature);
  std::array<unsigned char, EVP_MAX_MD_SIZE> wanted{};
  unsigned int size = 0;
  const std::string_view secret = secret_.reveal();
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), wanted.data(),
           &size) == nullptr)
    return false;
  return signature.size() == size && CRYPTO_memcmp(wanted.data(), signature.data(), size) == 0;
}

bool verification_key::verify_with_key(std::string_view text, std::string_view signature) const {
  std::vector<unsigned char> der;
  if (bound_to_ == algorithm::es256) {
    if (signature.size() != es256_signature_size) return false;
    der = der_of(signature);
    if (der.empty()) return false;
    signature = {reinterpret_cast<const char*>(der.data()), der.size()};
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> work(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool fits =
      work && EVP_MD_CTX_copy_ex(work.get(), prepared_.get()) == 1 &&
      EVP_DigestVerify(work.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  if (!fits) ERR_clear_error();  // what a forged signature leaves there is nobody else's error
  return fits;
}

}  // namespace firstcome::identity
