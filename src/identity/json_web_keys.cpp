// keys_of_jwks of key_set.hpp: RFC 7517 sets, with the keys of RFC 7518 (RSA, EC) and RFC 8037 (OKP).

#include <boost/json.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <stdexcept>

#include "identity/base64.hpp"
#include "identity/key_set.hpp"

namespace firstcome::identity {
namespace {

namespace json = boost::json;
using public_key = verification_key::public_key;

constexpr std::size_t coordinate_size = 32;  // of P-256 and Ed25519

std::string_view text_of(const json::object& from, std::string_view name) {
  const json::value* member = from.if_contains(name);
  return member != nullptr && member->is_string() ? std::string_view(member->get_string()) : std::string_view{};
}

std::string bytes_of(const json::object& from, std::string_view name) {
  return decode_base64url(text_of(from, name)).value_or("");
}

const unsigned char* data_of(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Makes the key of what `fill` pushed; empty when OpenSSL does not take it.
template <class Fill>
public_key key_of(const char* kind, Fill fill) {
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> parts(OSSL_PARAM_BLD_new(),
                                                                              &OSSL_PARAM_BLD_free);
  fill(*parts);
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> given(OSSL_PARAM_BLD_to_param(parts.get()),
                                                                      &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  if (given && maker && EVP_PKEY_fromdata_init(maker.get()) == 1)
    EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, given.get());
  ERR_clear_error();
  return {made, &EVP_PKEY_free};
}

public_key rsa_key_of(const json::object& from) {
  using number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
  const std::string n = bytes_of(from, "n"), e = bytes_of(from, "e");
  if (n.empty() || e.empty()) return {};
  const number modulus(BN_bin2bn(data_of(n), static_cast<int>(n.size()), nullptr), &BN_free);
  const number exponent(BN_bin2bn(data_of(e), static_cast<int>(e.size()), nullptr), &BN_free);
  return key_of("RSA", [&](OSSL_PARAM_BLD& parts) {
    OSSL_PARAM_BLD_push_BN(&parts, OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(&parts, OSSL_PKEY_PARAM_RSA_E, exponent.get());
  });
}

public_key p256_key_of(const json::object& from) {
  const std::string x = bytes_of(from, "x"), y = bytes_of(from, "y");
  if (text_of(from, "crv") != "P-256" || x.size() != coordinate_size || y.size() != coordinate_size) return {};
  const std::string point = '\x04' + x + y;  // uncompressed, SEC 1 section 2.3.3
  return key_of("EC", [&](OSSL_PARAM_BLD& parts) {
    OSSL_PARAM_BLD_push_utf8_string(&parts, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(&parts, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  });
}

public_key ed25519_key_of(const json::object& from) {
  const std::string x = bytes_of(from, "x");
  if (text_of(from, "crv") != "Ed25519" || x.size() != coordinate_size) return {};
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(x), x.size()), &EVP_PKEY_free};
}

public_key public_key_of(const json::object& from) {
  const std::string_view kind = text_of(from, "kty");
  if (kind == "RSA") return rsa_key_of(from);
  if (kind == "EC") return p256_key_of(from);
  if (kind == "OKP") return ed25519_key_of(from);
  return {};
}

bool is_for_signatures(const json::object& key) {
  if (key.contains("use") && text_of(key, "use") != "sig") return false;
  const json::value* uses = key.if_contains("key_ops");
  if (uses == nullptr) return true;
  return uses->is_array() &&
         std::ranges::any_of(uses->get_array(), [](const json::value& use) { return use == "verify"; });
}

void add_if_usable(key_set& to, const json::object& key, std::optional<algorithm> only) {
  if (!is_for_signatures(key)) return;
  const public_key made = public_key_of(key);
  if (!made) return;
  const std::optional<algorithm> bound_to = key.contains("alg") ? algorithm_named(text_of(key, "alg"))
                                            : only              ? only
                                                                : usual_algorithm_of(made);
  if (!bound_to || (only && *bound_to != *only)) return;
  std::optional<verification_key> usable;
  try {
    usable.emplace(*bound_to, made, std::string(text_of(key, "kid")));
  } catch (const std::invalid_argument&) {  // too small, or for another algorithm
    return;
  }
  to.add(std::move(*usable));
}

}  // namespace

key_set keys_of_jwks(std::string_view text, std::optional<algorithm> only) {
  boost::system::error_code wrong;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), wrong);
  const json::value* list = !wrong && parsed.is_object() ? parsed.get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array())
    throw std::invalid_argument("it is no JSON Web Key Set: a JSON object with the list \"keys\"");
  key_set keys;
  for (const json::value& key : list->get_array())
    if (key.is_object()) add_if_usable(keys, key.get_object(), only);
  if (keys.empty())
    throw std::invalid_argument("none of its keys can be used: RSA from 2048 bits, P-256 or Ed25519, for signatures" +
                                (only ? " with " + std::string(name_of(*only)) : std::string()));
  return keys;
}

}  // namespace firstcome::identity
