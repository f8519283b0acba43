#include "api/auth.hpp"

#include <boost/beast/core/string.hpp>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <stdexcept>

namespace firstcome::api {
namespace {

/// The token of `Bearer <token>`; empty when it is anything else.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  if (!boost::beast::iequals(authorization.substr(0, scheme.size()), scheme)) return {};
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

}  // namespace

auth::auth(const auth_settings& settings) : admin_token_(digest_of(settings.admin_token)), users_(settings.users) {
  if (settings.admin_token.empty()) throw std::invalid_argument("the admin token must not be empty");
  if (users_ == user_auth::jwt) tokens_.emplace(settings.tokens);
}

auth::digest auth::digest_of(std::string_view text) {
  digest made;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data());
  return made;
}

bool auth::is_admin(std::string_view token) const {
  const digest given = digest_of(token);
  return CRYPTO_memcmp(given.data(), admin_token_.data(), given.size()) == 0;
}

auth::outcome auth::admin_of(std::string_view authorization) const {
  const std::string_view token = bearer_token(authorization);
  if (token.empty()) return identity::refusal::missing;
  if (!is_admin(token)) return identity::refusal::unknown_token;
  return caller{.user = {}, .admin = true};
}

auth::outcome auth::caller_of(std::string_view authorization, bool or_admin) const {
  const std::string_view token = bearer_token(authorization);
  if (users_ == user_auth::trusted) return caller{.user = {}, .admin = or_admin && !token.empty() && is_admin(token)};
  if (token.empty()) return identity::refusal::missing;
  if (or_admin && is_admin(token)) return caller{.user = {}, .admin = true};
  const auto user = tokens_->user_of(token);
  if (!user) return user.error();
  return caller{.user = *user};
}

}  // namespace firstcome::api
