#include "api/user_tokens.hpp"

#include <jwt/jwt.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "api/routes.hpp"

namespace firstcome::api {
namespace {

constexpr std::size_t secret_size_min = 32;  // bytes: as many as the hash has, RFC 7518 section 3.2
constexpr int rsa_bits_min = 2048;           // RFC 7518 section 3.3

const char* name_of(token_algorithm algorithm) {
  switch (algorithm) {
    case token_algorithm::hs256:
      return "HS256";
    case token_algorithm::rs256:
      return "RS256";
    case token_algorithm::es256:
      return "ES256";
  }
  return "";
}

using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

key_pointer read_public_key(const std::string& pem) {
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
      throw std::invalid_argument("the HS256 secret must have 32 bytes or more");
    return;
  }
  const key_pointer key = read_public_key(settings.key);
  if (!key) throw std::invalid_argument("the key for user tokens must be a public key in PEM");
  if (settings.algorithm == token_algorithm::rs256) {
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < rsa_bits_min)
      throw std::invalid_argument("RS256 needs an RSA public key of 2048 bits or more");
  } else if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC || !is_p256(*key)) {
    throw std::invalid_argument("ES256 needs an EC public key on the curve P-256");
  }
}

/// cpp-jwt 1.4 indexes a table by the (signed) characters of the token, and asserts on its parts: only what has the
/// form of a token may reach it.
bool has_the_form_of_a_token(std::string_view token) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  int parts = 0;
  for (; parts < 3; ++parts) {
    const std::string_view part = token.substr(0, token.find('.'));
    if (part.empty() || !std::ranges::all_of(part, allowed)) return false;
    if (part.size() == token.size()) return parts == 2;
    token.remove_prefix(part.size() + 1);
  }
  return false;
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

std::optional<user_id> user_tokens::user_of(std::string_view token) const {
  if (!has_the_form_of_a_token(token)) return std::nullopt;
  try {
    std::error_code ec;
    const std::vector<std::string> algorithms = {name_of(settings_.algorithm)};
    const auto decoded = jwt::decode(jwt::string_view(token.data(), token.size()), jwt::params::algorithms(algorithms),
                                     ec, jwt::params::secret(settings_.key), jwt::params::leeway(settings_.leeway_s),
                                     jwt::params::verify(true));
    if (ec) return std::nullopt;
    return subject_of(decoded.payload().create_json_obj());
  } catch (const std::exception&) {  // cpp-jwt throws for claims of unexpected kinds, error code or not
    return std::nullopt;
  }
}

}  // namespace firstcome::api
