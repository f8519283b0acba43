#include "identity/user_tokens.hpp"

#include <stdexcept>

namespace firstcome::identity {

user_tokens::user_tokens(user_token_settings settings)
    : rules_(std::move(settings.rules)), keys_(std::move(settings.keys)) {
  if (keys_.empty()) throw std::invalid_argument("there is no key to check users' tokens with");
}

boost::system::result<unverified_token, refusal> user_tokens::read(std::string_view token, token_time now) const {
  auto read = read_user_token(token, rules_, now);
  if (read)
    if (const auto why = keys_.why_none(read->signed_with, read->key_id)) return *why;
  return read;
}

bool user_tokens::verify(const unverified_token& token) const {
  return keys_.verify(token.signed_with, token.key_id, token.signed_text, token.signature);
}

boost::system::result<user_id, refusal> user_tokens::user_of(std::string_view token, token_time now) const {
  const auto said = read(token, now);
  if (!said) return said.error();
  if (!verify(*said)) return refusal::signature;
  return said->user;
}

}  // namespace firstcome::identity
