#include "api/user_tokens.hpp"

#include <jwt/jwt.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

#include "api/routes.hpp"

namespace firstcome::api {
namespace {

constexpr std::size_t secret_size_min = 32;  // bytes: as many as the hash has, RFC 7518 section 3.2
constexpr int rsa_bits_min = 2048;           // RFC 7518 section 3.3

jwt::algorithm header_value_of(token_algorithm algorithm) {
  switch (algorithm) {
    case token_algorithm::hs256:
      return jwt::algorithm::HS256;
    case token_algorithm::rs256:
      return jwt::algorithm::RS256;
    case token_algorithm::es256:
      return jwt::algorithm::ES256;
  }
  return jwt::algorithm::UNKN;
}

using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

key_pointer public_key_of(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
  return {PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

bool is_p256(const EVP_PKEY& key) {
  char group[32] = "";
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(&key, group, sizeof group, &size) == 1 && std::string_view(group) == "prime256v1";
}

void check(const token_settings& settings) {
  if (settings.algorithm == token_algorithm::hs256) {
    if (settings.key.size() < secret_size_min)
      throw std::invalid_argument("the HS256 secret is too short and could be guessed: it may have 32 bytes or more");
    return;
  }
  const key_pointer key = public_key_of(settings.key);
  if (!key) throw std::invalid_argument("what it holds is no public key in PEM");
  if (settings.algorithm == token_algorithm::rs256) {
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < rsa_bits_min)
      throw std::invalid_argument("RS256 needs an RSA public key of 2048 bits or more");
  } else if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC || !is_p256(*key)) {
    throw std::invalid_argument("ES256 needs an EC public key on the curve P-256");
  }
}

/// The three parts of a token, as they were sent.
struct token_parts {
  std::string_view header, payload, signature;
  std::string_view signed_text;  // header and payload, with the dot between them
};

/// Nothing when the text has not the form of a token. cpp-jwt 1.4 indexes a table by the (signed) characters of what it
/// decodes: only this alphabet may reach it.
std::optional<token_parts> parts_of(std::string_view token) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last || !std::ranges::all_of(token, allowed)) return std::nullopt;
  const token_parts parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
                          token.substr(0, last)};
  if (parts.header.empty() || parts.payload.empty() || parts.signature.empty()) return std::nullopt;
  return parts;
}

/// cpp-jwt compares an HMAC up to the first difference, and its time then tells how much of a guess was right. This
/// compares all of it.
bool has_hs256_signature(const token_parts& token, const std::string& secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* text = reinterpret_cast<const unsigned char*>(token.signed_text.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), text, token.signed_text.size(), digest.data(),
           &size) == nullptr)
    return false;
  std::string wanted = jwt::base64_encode(reinterpret_cast<const char*>(digest.data()), size);
  wanted.resize(jwt::base64_uri_encode(wanted.data(), wanted.size()));
  return wanted.size() == token.signature.size() &&
         CRYPTO_memcmp(wanted.data(), token.signature.data(), wanted.size()) == 0;
}

bool is_signed(const token_parts& token, const token_settings& settings) {
  std::error_code ec;
  jwt::jwt_header header;
  header.decode(token.header, ec);
  if (ec || header.algo() != header_value_of(settings.algorithm)) return false;
  if (settings.algorithm == token_algorithm::hs256) return has_hs256_signature(token, settings.key);
  const auto [matches, failed] = jwt::jwt_signature(settings.key).verify(header, token.signed_text, token.signature);
  return matches && !failed;
}

/// A time of the token in seconds since 1970: absent, or there; an error when it is no whole number of 64 bits.
template <class Json>
bool read_seconds(const Json& claims, const char* name, std::optional<std::int64_t>& seconds) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return true;
  if (!claim->is_number_integer()) return false;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (claim->is_number_unsigned() && claim->template get<std::uint64_t>() > most) return false;
  seconds = claim->template get<std::int64_t>();
  return true;
}

/// From nbf on and before exp, each with the leeway.
template <class Json>
bool is_valid_at(std::chrono::sys_seconds now, std::chrono::seconds leeway, const Json& claims) {
  std::optional<std::int64_t> not_before, expiry;
  if (!read_seconds(claims, "nbf", not_before) || !read_seconds(claims, "exp", expiry)) return false;
  const std::int64_t latest = (now + leeway).time_since_epoch().count();
  const std::int64_t earliest = (now - leeway).time_since_epoch().count();
  return (!not_before || *not_before <= latest) && (!expiry || earliest < *expiry);
}

template <class Json>
std::optional<user_id> subject_of(const Json& claims) {
  const auto subject = claims.find("sub");
  if (subject == claims.end()) return std::nullopt;
  std::int64_t id = 0;
  const std::string text = subject->is_string() ? subject->template get<std::string>() : subject->dump();
  if (!read_id(text, id)) return std::nullopt;
  return static_cast<user_id>(id);
}

}  // namespace

user_tokens::user_tokens(token_settings settings) : settings_(std::move(settings)) {
  check(settings_);
}

std::optional<user_id> user_tokens::user_of(std::string_view token, std::chrono::sys_seconds now) const {
  const std::optional<token_parts> parts = parts_of(token);
  if (!parts) return std::nullopt;
  try {
    if (!is_signed(*parts, settings_)) return std::nullopt;
    std::error_code ec;
    jwt::jwt_payload payload;
    payload.decode(parts->payload, ec);
    if (ec) return std::nullopt;
    const auto& claims = payload.create_json_obj();
    if (!is_valid_at(now, settings_.leeway, claims)) return std::nullopt;
    return subject_of(claims);
  } catch (const std::exception&) {  // cpp-jwt throws for members of unexpected kinds, error code or not
    return std::nullopt;
  }
}

}  // namespace firstcome::api
