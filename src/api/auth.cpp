#include "api/auth.hpp"

#include <boost/beast/core/string.hpp>

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

auth::auth(const auth_settings& settings)
    : users_(settings.users),
      operators_(settings.operators ? settings.operators
                                    : std::make_shared<const identity::operator_tokens>(settings.admin_token)) {
  if (users_ != user_auth::jwt) return;
  tokens_ = settings.verify_by ? settings.verify_by : std::make_shared<identity::user_tokens>(settings.tokens);
}

std::optional<caller> auth::operator_of(const identity::token_hash& token) const {
  auto found = operators_->find(token);
  if (!found) return std::nullopt;
  return caller{.is = found->is, .name = std::move(found->name)};
}

auth::outcome auth::trusted_caller(std::string_view token, identity::role_set wanted) const {
  std::optional<caller> known = token.empty() ? std::nullopt : operator_of(identity::hash_of(token));
  if (known && (wanted.has(known->is) || !wanted.has(identity::role::user))) return *std::move(known);
  if (wanted.has(identity::role::user)) return caller{};
  return token.empty() ? identity::refusal::missing : identity::refusal::unknown_token;
}

auth::outcome auth::caller_of(std::string_view authorization, identity::role_set wanted) const {
  const std::string_view token = bearer_token(authorization);
  if (users_ == user_auth::trusted) return trusted_caller(token, wanted);
  if (token.empty()) return identity::refusal::missing;
  const identity::token_hash hash = identity::hash_of(token);
  if (std::optional<caller> known = operator_of(hash)) return *std::move(known);
  if (const std::optional<user_id> user = tokens_->remembered(hash)) return caller{.user = *user};
  auto claim = tokens_->read(token, hash);
  if (claim) return *std::move(claim);
  const bool for_users = wanted.has(identity::role::user) || claim.error() != identity::refusal::malformed;
  return for_users ? claim.error() : identity::refusal::unknown_token;
}

bool auth::knows(std::string_view authorization, identity::role_set wanted) const {
  const outcome who = caller_of(authorization, wanted);
  const caller* const known = std::get_if<caller>(&who);
  return known != nullptr && wanted.has(known->is);
}

}  // namespace firstcome::api
