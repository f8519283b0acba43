#pragma once

// Reads a user's signed token (RFC 7519, compact form). The algorithm is the configured one and never the token's
// choice: a token that says `none`, or HS256 over a public key, is refused.
// Thread safety: any thread.

#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace firstcome::api {

enum class token_algorithm { hs256, rs256, es256 };

struct token_settings {
  token_algorithm algorithm = token_algorithm::hs256;
  std::string key;             // hs256: the secret, at least 32 bytes; else the public key in PEM
  unsigned int leeway_s = 30;  // by how much the issuer's clock may differ from ours, for exp and nbf
};

class user_tokens {
 public:
  /// Throws std::invalid_argument when the key does not fit the algorithm.
  explicit user_tokens(token_settings settings);

  /// The token's `sub`; nothing when the token is not valid now or its `sub` is not a user id.
  std::optional<user_id> user_of(std::string_view token) const;

 private:
  token_settings settings_;
};

}  // namespace firstcome::api
